/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a part the vendor's own by the words ("rhel-only", "kabi", …), paths ("redhat/", "debian/", …) or
 * pools listed here, with the reason; also which folders no upstream touches.
 */
#include "breakdown/origin-internal.h"

#include "upstream/upstream.h"

#include <string.h>

bool origin_says_vendor(const char *text)
{
	static const char *const words[] = {"rhel-only",
					    "rhel only",
					    "rhel_only",
					    "upstream status: rhel",
					    "upstream-status: rhel",
					    "upstream: rhel",
					    "upstream status: n/a",
					    "kabi",
					    "[redhat]",
					    "[rpmspec]",
					    "redhat/configs",
					    "debrand",
					    "centos-only",
					    "not upstream",
					    "not for upstream",
					    "forwarded: not-needed",
					    "patch-mainline: never"};
	g_autofree char *folded = g_ascii_strdown(text, -1);

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (strstr(folded, words[i]))
			return true;
	/* How el9's entries begin, and Ubuntu's and Android's. */
	return g_str_has_prefix(folded, "redhat: ") || g_str_has_prefix(folded, "ubuntu: sauce:");
}

bool origin_is_vendor_path(const char *path)
{
	static const char *const folders[] = {"redhat/", "debian/", "debian.",    "almalinux/",
					      "rocky/",  "centos/", "certs/rhel", "certs/centos"};
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
		if (g_str_has_prefix(path, folders[i]))
			return true;
	return g_str_has_prefix(name, "rh_") || g_str_equal(name, "Makefile.rhelver") ||
	       g_str_has_prefix(name, "rhel_") || g_str_has_prefix(name, "localversion-");
}

static const char *path_of(const struct ksig_work *work, const struct ksig_built_step *built, guint i)
{
	return work->target->files[g_array_index(built->files, struct ksig_built_file, i).file].change->path;
}

/* The entry that names the part, if it says that it is the vendor's. */
static char *reason_in_entries(const struct ksig_work *work, const struct ksig_part *part)
{
	for (guint i = 0; part->entries && i < part->entries->len; i++) {
		const struct ksig_entry_match *match = &g_array_index(
			work->entries->matches, struct ksig_entry_match,
			g_array_index(part->entries, uint32_t, i));
		if (origin_says_vendor(match->entry->text))
			return g_strdup_printf("the changelog's entry says so: %s", match->entry->text);
	}
	return NULL;
}

static char *reason_in_paths(const struct ksig_work *work, const struct ksig_built_step *built)
{
	for (guint i = 0; i < built->files->len; i++)
		if (!origin_is_vendor_path(path_of(work, built, i)))
			return NULL;
	return built->files->len > 0
		       ? g_strdup_printf("only vendors write there: %s", path_of(work, built, 0))
		       : NULL;
}

/* A candidate of the vendor's own pool that names no upstream commit, or whose message says it has none. */
static char *reason_in_candidate(struct ksig_work *work, const struct ksig_part *part, GError **error)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(work->pool, part->candidate, &number);
	const bool is_own = work->own && g_hash_table_contains(work->own, origin->name);

	if (!is_own)
		return NULL;
	g_autoptr(ksig_header) header = ksig_upstream_pool_header(origin, work->store, number, error);
	if (!header || header->upstream)
		return NULL;
	return g_strdup_printf("of the vendor's own %s, and names no upstream commit", origin->name);
}

/* A title that says "unexplained" says otherwise of what is the vendor's. */
static void retitle(struct ksig_part *part)
{
	static const char WORD[] = ": unexplained";
	const char *at = part->set || !part->subject ? NULL : strstr(part->subject, WORD);

	if (!at || part->entries)
		return;
	char *subject = g_strdup_printf("%.*s: vendor's%s", (int) (at - part->subject), part->subject,
					at + strlen(WORD));
	g_free(part->subject);
	part->subject = subject;
}

static bool decide(struct ksig_work *work, const struct ksig_built_step *built, GError **error)
{
	struct ksig_part *part = &g_array_index(work->assignment->parts, struct ksig_part, built->part);
	g_autoptr(GError) reason = NULL;

	if (part->undoes || part->import || part->kind == KSIG_PATCH_REVERT)
		return true;
	char *why = part->set ? reason_in_candidate(work, part, &reason) : reason_in_entries(work, part);
	if (!why && !part->set)
		why = reason_in_paths(work, built);
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	if (why) {
		part->kind = KSIG_PATCH_VENDOR;
		retitle(part);
		g_free(part->vendor_reason);
		part->vendor_reason = why;
	}
	return true;
}

bool origin_decide(struct ksig_work *work, const GPtrArray *steps, GError **error)
{
	for (guint i = 0; i < steps->len; i++)
		if (!decide(work, steps->pdata[i], error))
			return false;
	return true;
}

/* ---- where the upstreams are --------------------------------------------------------------------- */

static void add_folder(GHashTable *folders, const char *path)
{
	char *folder = g_path_get_dirname(path);

	g_hash_table_add(folders, folder);
}

/* The folders in which candidates change files. */
static GHashTable *searched_folders(const struct ksig_pool *pool)
{
	GHashTable *folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	uint32_t old_path = 0, new_path = 0; /* neighbours often have the same */

	for (uint32_t i = 0; i < pool->n_files; i++) {
		const struct ksig_candidate_file *file = &pool->files[i];
		if (file->old_path != old_path)
			add_folder(folders, ksig_upstream_pool_string(pool, file->old_path));
		if (file->new_path != new_path && file->new_path != file->old_path)
			add_folder(folders, ksig_upstream_pool_string(pool, file->new_path));
		old_path = file->old_path;
		new_path = file->new_path;
	}
	return folders;
}

bool origin_is_unsearched(struct ksig_work *work, const struct ksig_built_step *built)
{
	if (!work->searched)
		work->searched = searched_folders(work->pool);
	for (guint i = 0; i < built->files->len; i++) {
		g_autofree char *folder = g_path_get_dirname(path_of(work, built, i));
		if (g_hash_table_contains(work->searched, folder))
			return false;
	}
	return built->files->len > 0;
}
