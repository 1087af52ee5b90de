/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which commits a revision has: ids of its patches, what stable commits were made from, what is contained,
 * and git rev-list before each pool's range.
 */
#include "history/carried-internal.h"

#include <stdlib.h>
#include <unistd.h>

enum { PREFIX_DIGITS = 16, FULL_DIGITS = 40, REVLIST_TIMEOUT_MS = 300000 };

bool ksig_carried_prefix(const char *text, uint64_t *out_prefix)
{
	char digits[PREFIX_DIGITS + 1] = "";

	if (!text || strspn(text, "0123456789abcdefABCDEF") < PREFIX_DIGITS)
		return false;
	memcpy(digits, text, PREFIX_DIGITS);
	*out_prefix = g_ascii_strtoull(digits, NULL, 16);
	return true;
}

static void add(GArray *carried, const char *id, int64_t patch_id, double confidence)
{
	struct ksig_carried one = {.patch_id = patch_id, .confidence = confidence};

	if (ksig_carried_prefix(id, &one.prefix))
		g_array_append_val(carried, one);
}

static uint64_t prefix_of(const struct ksig_candidate *candidate)
{
	uint64_t prefix = 0;

	for (int i = 0; i < 8; i++)
		prefix = prefix << 8 | candidate->id[i];
	return prefix;
}

/* prefix -> candidate's number + 1 */
static GHashTable *index_candidates(const struct ksig_pool *pool)
{
	GHashTable *table = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	for (uint32_t i = 0; i < pool->n_candidates; i++) {
		const uint64_t prefix = prefix_of(&pool->candidates[i]);
		g_hash_table_insert(table, g_memdup2(&prefix, sizeof prefix), GUINT_TO_POINTER(i + 1));
	}
	return table;
}

/* A commit of a stable tree is carried under its own id: the commit that it was made from is carried too. */
static void add_aliases(const ksig_store *store, const struct ksig_pool *pool, GArray *carried)
{
	g_autoptr(GHashTable) candidates = index_candidates(pool);
	const guint n = carried->len;

	for (guint i = 0; i < n; i++) {
		const struct ksig_carried one = g_array_index(carried, struct ksig_carried, i);
		const uint32_t number = GPOINTER_TO_UINT(g_hash_table_lookup(candidates, &one.prefix));
		if (number == 0)
			continue;
		g_autoptr(ksig_header) header = ksig_upstream_pool_header(pool, store, number - 1, NULL);
		if (header)
			add(carried, header->upstream, one.patch_id, one.confidence);
	}
}

/* Reads ids, one a line, from FD to its end. */
static void read_ids(int fd, GArray *carried)
{
	FILE *stream = fdopen(dup(fd), "r");
	char line[FULL_DIGITS + 2];

	while (stream && fgets(line, sizeof line, stream))
		add(carried, line, 0, 1);
	if (stream)
		fclose(stream);
}

/* Every commit before the pool's range: the base has them. False if that history cannot be read. */
static bool add_history(const struct ksig_pool *pool, GArray *carried)
{
	const char *at = pool->argument ? strrchr(pool->argument, '@') : NULL;
	const char *dots = at ? strstr(at, "..") : NULL;
	const guint before = carried->len;

	if (!dots || at[1] == '-')
		return false;
	g_autofree char *from = g_strndup(at + 1, (gsize) (dots - at - 1));
	const char *const argv[] = {"--git-dir", pool->git_dir, "rev-list", from, "--", NULL};
	const struct ksig_process_options options = {.timeout_ms = REVLIST_TIMEOUT_MS};
	g_autoptr(ksig_process) process = ksig_git_start(argv, &options, NULL);
	if (!process)
		return false;
	read_ids(ksig_process_fd(process), carried);
	if (ksig_process_finish(process, NULL, NULL))
		return true;
	g_array_set_size(carried, before);
	return false;
}

struct load {
	GArray *carried;
	GHashTable *patches; /* ids, those of patches without upstream too */
};

static bool add_patch(struct ksig_patch *patch, gpointer data, GError **error)
{
	const struct load *load = data;

	(void) error;
	add(load->carried, patch->upstream, patch->id, patch->confidence);
	add(load->carried, patch->candidate, patch->id, patch->confidence);
	g_hash_table_add(load->patches, g_memdup2(&patch->id, sizeof patch->id));
	return true;
}

/* What came in without a line of its own, up to REVISION; but for what was taken back again. */
static bool add_contained(ksig_catalog *catalog, const struct ksig_revision *revision,
			  const struct load *load, GError **error)
{
	g_autoptr(GPtrArray) contained = ksig_catalog_contained(catalog, 0, NULL, error);

	for (guint i = 0; contained && i < contained->len; i++) {
		const struct ksig_contained *one = contained->pdata[i];
		if (one->revision_id > revision->id || g_str_equal(one->kind, "undone"))
			continue;
		add(load->carried, one->upstream, one->patch_id, 1);
		add(load->carried, one->candidate, one->patch_id, 1);
	}
	return contained != NULL;
}

/* The commits that a carried import contains, as catalogs of older versions name them. */
static bool add_imported(ksig_catalog *catalog, const struct load *load, GError **error)
{
	g_autoptr(GPtrArray) references = ksig_catalog_references_of_kind(catalog, "contains", error);

	if (!references)
		return false;
	for (guint i = 0; i < references->len; i++) {
		const struct ksig_reference *reference = references->pdata[i];
		if (g_hash_table_contains(load->patches, &reference->patch_id))
			add(load->carried, reference->value, reference->patch_id, 1);
	}
	return true;
}

static gint by_prefix(gconstpointer a, gconstpointer b)
{
	const struct ksig_carried *one = a;
	const struct ksig_carried *other = b;

	return one->prefix < other->prefix ? -1 : one->prefix > other->prefix;
}

GArray *ksig_carried_load(ksig_catalog *catalog, const ksig_store *store,
			  const struct ksig_revision *revision, const GPtrArray *pools, unsigned *out_unread,
			  GError **error)
{
	g_autoptr(GArray) carried = g_array_new(FALSE, FALSE, sizeof(struct ksig_carried));
	g_autoptr(GHashTable) patches = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	struct load load = {carried, patches};
	const struct ksig_filter filter = {.at = revision->label};

	*out_unread = 0;
	if (!ksig_catalog_each_patch(catalog, &filter, add_patch, &load, error) ||
	    !add_contained(catalog, revision, &load, error) || !add_imported(catalog, &load, error))
		return NULL;
	for (guint i = 0; i < pools->len; i++)
		add_aliases(store, pools->pdata[i], carried);
	for (guint i = 0; i < pools->len; i++) {
		const struct ksig_pool *pool = pools->pdata[i];
		if (pool->git_dir && !add_history(pool, carried))
			(*out_unread)++;
	}
	g_array_sort(carried, by_prefix);
	return g_steal_pointer(&carried);
}

char *ksig_carried_words(const struct ksig_pool *pool, const struct ksig_candidate *candidate)
{
	return g_strdup_printf("%s\n%s", ksig_upstream_pool_string(pool, candidate->author),
			       ksig_upstream_pool_string(pool, candidate->subject));
}

GArray *ksig_carried_of_pool(const ksig_store *store, const struct ksig_pool *pool, GHashTable *subjects,
			     unsigned *out_unread)
{
	GArray *carried = g_array_new(FALSE, FALSE, sizeof(struct ksig_carried));
	g_autoptr(ksig_progress) progress = ksig_progress_new("reading what is carried", pool->n_candidates);

	*out_unread = 0;
	for (uint32_t i = 0; i < pool->n_candidates; i++) {
		const struct ksig_candidate *candidate = &pool->candidates[i];
		const struct ksig_carried one = {.prefix = prefix_of(candidate), .confidence = 1};
		g_autoptr(ksig_header) header = ksig_upstream_pool_header(pool, store, i, NULL);
		ksig_progress_set(progress, i);
		g_array_append_val(carried, one);
		g_hash_table_add(subjects, ksig_carried_words(pool, candidate));
		if (header)
			add(carried, header->upstream, 0, 1);
	}
	if (!add_history(pool, carried))
		(*out_unread)++;
	g_array_sort(carried, by_prefix);
	return carried;
}

const struct ksig_carried *ksig_carried_find(const GArray *carried, uint64_t prefix, unsigned digits)
{
	const unsigned shift = 64 - 4 * MIN(digits, (unsigned) PREFIX_DIGITS);
	const struct ksig_carried *all = (const void *) carried->data;
	guint low = 0;
	guint high = carried->len;

	if (digits == 0)
		return NULL;
	while (low < high) {
		const guint middle = low + (high - low) / 2;
		if (all[middle].prefix >> shift < prefix >> shift)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == carried->len || all[low].prefix >> shift != prefix >> shift)
		return NULL;
	/* several rows may stand for one commit, but two commits with these digits name none */
	const guint last = carried->len - 1;
	for (guint next = low; next < last && all[next + 1].prefix >> shift == prefix >> shift; next++)
		if (all[next + 1].prefix != all[low].prefix)
			return NULL;
	return &all[low];
}
