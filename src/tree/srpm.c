/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source RPMs: the kernel's tarball with the patches that %prep applies. What else %prep does is no source.
 */
#include "tree/tree-internal.h"

#include "rpm/rpm.h"

#include <errno.h>

enum { BLOCK_BYTES = 1 << 18, OPTIONAL_PATCH_LINES = 10 };
#define PATCH_LIMIT_BYTES ((uint64_t) 1 << 30)

/* ---- the tarball, inside the payload ------------------------------------------------------------- */

struct nested {
	struct archive *payload;
	char *block;
};

static la_ssize_t read_nested(struct archive *archive, void *data, const void **out_block)
{
	struct nested *nested = data;
	const la_ssize_t got = archive_read_data(nested->payload, nested->block, BLOCK_BYTES);

	*out_block = nested->block;
	if (got < 0)
		archive_set_error(archive, EILSEQ, "the package's payload: %s",
				  archive_error_string(nested->payload));
	return got;
}

/* Stands at the entry NAME of PAYLOAD, or says that there is none. */
static bool seek_entry(struct archive *payload, const char *name, const char *path, uint64_t *out_size_bytes,
		       GError **error)
{
	struct archive_entry *entry = NULL;
	int code = ARCHIVE_OK;

	while ((code = archive_read_next_header(payload, &entry)) != ARCHIVE_EOF) {
		if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
			return ksig_archive_error(error, payload, path);
		if (g_strcmp0(ksig_rpm_srpm_entry_name(entry), name) == 0) {
			*out_size_bytes = (uint64_t) archive_entry_size(entry);
			return true;
		}
	}
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no %s in it", path, name);
}

static bool import_tarball(ksig_store *store, const char *path, const char *tarball, git_oid *out_tree,
			   GError **error)
{
	g_autoptr(ksig_archive) payload = ksig_rpm_srpm_payload(path, error);
	g_autoptr(ksig_archive) archive = ksig_archive_new_tar();
	g_autofree char *block = g_malloc(BLOCK_BYTES);
	g_autofree char *name = g_strdup_printf("%s: %s", path, tarball);
	struct nested nested = {payload, block};
	uint64_t size_bytes = 0;

	if (!payload || !seek_entry(payload, tarball, path, &size_bytes, error))
		return false;
	if (archive_read_open(archive, &nested, NULL, read_nested, NULL) != ARCHIVE_OK)
		return ksig_archive_error(error, archive, name);
	return ksig_archive_import(store, archive, name, size_bytes, &ksig_import_limits_default, out_tree,
				   error);
}

/* ---- the patches --------------------------------------------------------------------------------- */

static unsigned count_lines(const char *text, size_t length_bytes)
{
	const char *end = text + length_bytes;
	unsigned lines = 0;

	for (const char *at = text; (at = memchr(at, '\n', (size_t) (end - at))); at++)
		lines++;
	return lines;
}

/* The style that the package's own tool stands for; strings live as long as PATCH. */
static void set_style(struct ksig_source_patch *patch, const struct ksig_srpm_patch *source)
{
	g_autofree char *strip = g_strdup_printf("-p%u", source->strip);
	g_autofree char *fuzz = g_strdup_printf("-F%u", source->fuzz);
	const char *const by_git[] = {"git", "apply", "--whitespace=nowarn", strip, "-", NULL};
	const char *const by_patch[] = {
		"patch",           strip, fuzz, "-s", "-f", "-N", "-E", "--no-backup-if-mismatch",
		"--reject-file=-", NULL};

	patch->argv = g_strdupv((char **) (source->by_git ? by_git : by_patch));
	patch->strip = source->strip;
}

static struct ksig_source_patch *read_patch(const char *folder, const struct ksig_srpm_patch *source,
					    GError **error)
{
	g_autofree char *path = g_build_filename(folder, source->name, NULL);
	struct ksig_source_patch *patch = ksig_source_patch_read(path, source->name, PATCH_LIMIT_BYTES,
								 error);

	if (patch)
		set_style(patch, source);
	return patch;
}

static GPtrArray *read_patches(const ksig_srpm *srpm, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) patches = g_ptr_array_new_with_free_func(ksig_source_patch_free);

	for (guint i = 0; i < srpm->patches->len; i++) {
		const struct ksig_srpm_patch *source = srpm->patches->pdata[i];
		struct ksig_source_patch *patch = read_patch(folder, source, error);
		if (!patch)
			return NULL;
		if (source->optional && count_lines(patch->text, patch->length_bytes) < OPTIONAL_PATCH_LINES)
			ksig_source_patch_free(patch);
		else
			g_ptr_array_add(patches, patch);
	}
	return g_steal_pointer(&patches);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static bool import_package(ksig_store *store, struct ksig_kernel *kernel, const char *folder, GError **error)
{
	g_autoptr(ksig_srpm) srpm = ksig_rpm_srpm_read(kernel->argument, folder, error);
	g_autoptr(GPtrArray) patches = srpm ? read_patches(srpm, folder, error) : NULL;
	git_oid tree;

	if (!patches || !import_tarball(store, kernel->argument, srpm->tarball, &tree, error) ||
	    !ksig_patches_apply(store, &tree, patches, &kernel->tree, error))
		return false;
	kernel->label = g_strdup(srpm->version_release);
	kernel->changelog = g_steal_pointer(&srpm->changelog);
	kernel->changelog_format = kernel->changelog ? KSIG_CHANGELOG_RPM : KSIG_CHANGELOG_NONE;
	ksig_source_patches_note(patches, kernel);
	return true;
}

bool ksig_kernel_import_srpm(ksig_store *store, struct ksig_kernel *kernel, GError **error)
{
	g_autofree char *digest = ksig_digest_file(kernel->argument, error);
	const char *const digests[] = {digest, NULL};
	bool found = false;

	if (!digest)
		return false;
	g_autofree char *key = ksig_import_key("srpm-1", digests);
	if (!ksig_import_recall(store, key, kernel, &found, error))
		return false;
	if (found)
		return true;
	g_autoptr(ksig_scratch) folder = ksig_import_scratch(store, error);
	return folder && import_package(store, kernel, folder, error) &&
	       ksig_import_remember(store, key, kernel, error);
}
