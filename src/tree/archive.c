/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tarball, entry by entry into a builder: paths normalized, links as data, sizes limited.
 */
#include "tree/archive-internal.h"
#include "tree/builder-internal.h"
#include "tree/tree-internal.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

enum { TAR_BLOCK = 512 };

static bool grow(char **data, size_t *capacity_bytes, size_t length_bytes, uint64_t limit_bytes)
{
	if (length_bytes < *capacity_bytes)
		return true;
	if (length_bytes > limit_bytes)
		return false;
	*capacity_bytes = (size_t) MIN((uint64_t) *capacity_bytes * 2, limit_bytes + 2);
	*data = g_realloc(*data, *capacity_bytes);
	return true;
}

static bool too_large(GError **error, const char *name, struct archive_entry *entry, uint64_t limit_bytes)
{
	g_autofree char *path = ksig_utf8(archive_entry_pathname(entry), -1);

	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: more than %" G_GUINT64_FORMAT " bytes", name,
			      path, limit_bytes);
}

char *ksig_archive_read(struct archive *archive, struct archive_entry *entry, uint64_t limit_bytes,
			const char *name, size_t *out_length_bytes, GError **error)
{
	const int64_t size_bytes = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 4096;
	size_t length_bytes = 0;

	if (size_bytes < 0 || (uint64_t) size_bytes > limit_bytes) {
		too_large(error, name, entry, limit_bytes);
		return NULL;
	}
	/* One for the NUL, one so that the end is seen without growing. */
	size_t capacity_bytes = (size_t) size_bytes + 2;
	g_autofree char *data = g_malloc(capacity_bytes);
	for (;;) {
		if (!grow(&data, &capacity_bytes, length_bytes + 1, limit_bytes + 1)) {
			too_large(error, name, entry, limit_bytes);
			return NULL;
		}
		const la_ssize_t got = archive_read_data(archive, data + length_bytes,
							 capacity_bytes - 1 - length_bytes);
		if (got < 0) {
			ksig_archive_error(error, archive, name);
			return NULL;
		}
		if (got == 0)
			break;
		length_bytes += (size_t) got;
	}
	if (length_bytes > limit_bytes) {
		too_large(error, name, entry, limit_bytes);
		return NULL;
	}
	data[length_bytes] = '\0';
	*out_length_bytes = length_bytes;
	return g_steal_pointer(&data);
}

/* "./a//b/" is a/b; "." and "./" are the archive's own root, an empty string. */
static char *normalize(const char *path)
{
	GString *result = g_string_new(path[0] == '/' ? "/" : NULL);
	g_auto(GStrv) names = g_strsplit(path, "/", -1);

	for (char **name = names; *name; name++) {
		if (!**name || g_str_equal(*name, "."))
			continue;
		if (result->len > 0 && result->str[result->len - 1] != '/')
			g_string_append_c(result, '/');
		g_string_append(result, *name);
	}
	return g_string_free(result, FALSE);
}

char *ksig_archive_path(struct archive_entry *entry, const char *name, GError **error)
{
	const char *path = archive_entry_pathname(entry);

	if (!path)
		path = archive_entry_pathname_utf8(entry);
	if (!path || strlen(path) > PATH_MAX) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: an entry without a usable name", name);
		return NULL;
	}
	return normalize(path);
}

/* A link is data, as in a folder and in git: nothing that is imported is ever reached through one. */
static bool add_symlink(ksig_builder *builder, struct archive_entry *entry, const char *path,
			const char *name, GError **error)
{
	const char *target = archive_entry_symlink(entry);

	if (!target)
		target = archive_entry_symlink_utf8(entry);
	if (!target || !*target || strlen(target) > PATH_MAX)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: %s: a symbolic link without a usable target", name, path);
	return ksig_builder_add(builder, path, GIT_FILEMODE_LINK, g_strdup(target), strlen(target), error);
}

/*
 * Where the map of a sparse file ends before the file does, GNU tar leaves a shorter one than libarchive.
 * OUT_BYTES: of data in the map; -1: there is none.
 */
static bool read_map(struct archive_entry *entry, const char *path, const char *name, la_int64_t *out_bytes,
		     GError **error)
{
	la_int64_t offset = 0;
	la_int64_t length_bytes = 0;
	la_int64_t end = archive_entry_size(entry);

	/* Of a map that is the whole file libarchive frees what it stands at, and says 0. */
	*out_bytes = -1;
	if (archive_entry_sparse_reset(entry) == 0)
		return true;
	*out_bytes = 0;
	while (archive_entry_sparse_next(entry, &offset, &length_bytes) == ARCHIVE_OK) {
		end = offset + length_bytes;
		*out_bytes += length_bytes;
	}
	return end == archive_entry_size(entry) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: %s: a sparse file whose map ends elsewhere than it", name, path);
}

static bool add_file(ksig_builder *builder, struct archive *archive, struct archive_entry *entry,
		     const char *path, const char *name, GError **error)
{
	const uint16_t mode = archive_entry_perm(entry) & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE
								  : GIT_FILEMODE_BLOB;
	const la_int64_t from = archive_filter_bytes(archive, 0);
	la_int64_t mapped = -1;
	size_t length_bytes = 0;

	if (!read_map(entry, path, name, &mapped, error))
		return false;
	g_autofree char *data = ksig_archive_read(archive, entry, ksig_builder_limits(builder)->file_bytes,
						  name, &length_bytes, error);
	if (!data)
		return false;
	if (mapped >= 0 &&
	    (mapped + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK != archive_filter_bytes(archive, 0) - from)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: %s: a sparse file that has not what its map says", name, path);
	return ksig_builder_add(builder, path, mode, g_steal_pointer(&data), length_bytes, error);
}

static bool add_entry(ksig_builder *builder, struct archive *archive, struct archive_entry *entry,
		      const char *name, GError **error)
{
	g_autofree char *path = ksig_archive_path(entry, name, error);
	const char *hardlink = archive_entry_hardlink(entry);

	if (!path)
		return false;
	if (hardlink) {
		g_autofree char *target = normalize(hardlink);
		return ksig_builder_link(builder, path, target, error);
	}
	switch (archive_entry_filetype(entry)) {
	case AE_IFDIR:
		return !*path || ksig_builder_folder(builder, path, error);
	case AE_IFREG:
		return add_file(builder, archive, entry, path, name, error);
	case AE_IFLNK:
		return add_symlink(builder, entry, path, name, error);
	default:
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: neither file, folder nor link", name,
				      path);
	}
}

static bool read_entries(ksig_builder *builder, ksig_tar *tar, const char *name, ksig_progress *progress,
			 GError **error)
{
	struct archive_entry *entry = NULL;

	while (ksig_tar_next(tar, name, &entry, error)) {
		if (!entry)
			return true;
		if (!add_entry(builder, ksig_tar_archive(tar), entry, name, error))
			return false;
		ksig_progress_set(progress, ksig_tar_position(tar));
	}
	return false;
}

bool ksig_archive_import(ksig_store *store, ksig_tar *tar, const char *name, uint64_t size_bytes,
			 const struct ksig_import_limits *limits, git_oid *out_tree, GError **error)
{
	g_autofree char *base = g_path_get_basename(name);
	g_autofree char *title = g_strdup_printf("importing %s", base);
	g_autoptr(ksig_progress) progress = ksig_progress_new(title, size_bytes);
	g_autoptr(ksig_builder) builder = ksig_builder_new(store, name, limits, error);

	return builder && read_entries(builder, tar, name, progress, error) &&
	       ksig_builder_finish(builder, true, out_tree, error);
}
