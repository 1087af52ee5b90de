/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "archives.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

void place_set_up(struct place *place, gconstpointer data)
{
	g_autoptr(GError) error = NULL;

	(void) data;
	place->folder = ksig_directory_temporary(NULL, "ksig-tree", &error);
	g_assert_no_error(error);
	g_autofree char *workspace = place_path(place, "ws");
	place->store = ksig_tree_store_open(workspace, &error);
	g_assert_no_error(error);
}

void place_tear_down(struct place *place, gconstpointer data)
{
	(void) data;
	ksig_tree_store_free(place->store);
	ksig_scratch_free(place->folder);
}

char *place_path(const struct place *place, const char *name)
{
	return g_build_filename(place->folder, name, NULL);
}

char *place_write_file(const struct place *place, const char *name, const char *text, gssize length_bytes)
{
	char *path = place_path(place, name);
	g_autofree char *parent = g_path_get_dirname(path);
	g_autoptr(GError) error = NULL;

	g_assert_true(ksig_directory_make(parent, &error));
	g_assert_true(g_file_set_contents(path, text, length_bytes, &error));
	return path;
}

static void set_filter(struct archive *archive, const char *name)
{
	if (g_str_has_suffix(name, "gz"))
		archive_write_add_filter_gzip(archive);
	else if (g_str_has_suffix(name, ".bz2"))
		archive_write_add_filter_bzip2(archive);
	else if (g_str_has_suffix(name, ".xz"))
		archive_write_add_filter_xz(archive);
	else if (g_str_has_suffix(name, ".zst"))
		archive_write_add_filter_zstd(archive);
}

/* A ustar header by hand, so that it can say what no library would write. */
static void put_header(GByteArray *bytes, const struct entry *entry, size_t length_bytes)
{
	char header[512] = {0};
	unsigned sum = 0;
	const unsigned mode = entry->mode ? entry->mode : entry->type == '5' ? 0755 : 0644;
	const uint64_t size = entry->claimed_bytes ? entry->claimed_bytes : length_bytes;

	g_strlcpy(header, entry->path, 101);
	g_snprintf(header + 100, 8, "%07o", mode);
	g_snprintf(header + 108, 8, "%07o", 0U);
	g_snprintf(header + 116, 8, "%07o", 0U);
	g_snprintf(header + 124, 12, "%011" G_GINT64_MODIFIER "o", size);
	g_snprintf(header + 136, 12, "%011o", 1700000000U);
	memset(header + 148, ' ', 8);
	header[156] = entry->type;
	if (entry->type == '1' || entry->type == '2')
		g_strlcpy(header + 157, entry->content, 101);
	memcpy(header + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof header; i++)
		sum += (guchar) header[i];
	g_snprintf(header + 148, 8, "%06o", sum);
	g_byte_array_append(bytes, (const guint8 *) header, sizeof header);
}

static void put_entry(GByteArray *bytes, const struct entry *entry)
{
	static const guint8 zeros[512];
	const bool has_data = entry->type == '0' && entry->content;
	const size_t length_bytes = !has_data                  ? 0
				    : entry->content_bytes > 0 ? entry->content_bytes
							       : strlen(entry->content);

	put_header(bytes, entry, length_bytes);
	if (has_data)
		g_byte_array_append(bytes, (const guint8 *) entry->content, (guint) length_bytes);
	g_byte_array_append(bytes, zeros, (guint) (-length_bytes & 511));
}

static void compress_to(const char *path, const GByteArray *bytes)
{
	struct archive *writer = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	archive_write_set_format_raw(writer);
	set_filter(writer, path);
	g_assert_cmpint(archive_write_open_filename(writer, path), ==, ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "tar");
	archive_entry_set_size(entry, bytes->len);
	g_assert_cmpint(archive_write_header(writer, entry), ==, ARCHIVE_OK);
	g_assert_cmpint(archive_write_data(writer, bytes->data, bytes->len), ==, (int) bytes->len);
	archive_entry_free(entry);
	g_assert_cmpint(archive_write_free(writer), ==, ARCHIVE_OK);
}

char *place_write_tar(const struct place *place, const char *name, const struct entry *entries)
{
	static const guint8 end[1024];
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	char *path = place_path(place, name);

	for (; entries->path; entries++)
		put_entry(bytes, entries);
	g_byte_array_append(bytes, end, sizeof end);
	compress_to(path, bytes);
	return path;
}

char *place_run(const struct place *place, const char *const *argv)
{
	const struct ksig_process_options options = {.directory = place->folder};
	g_autoptr(GString) output = NULL;
	g_autoptr(GError) error = NULL;

	ksig_process_run(argv, &options, NULL, &output, &error);
	g_assert_no_error(error);
	return g_strchomp(g_string_free(g_steal_pointer(&output), FALSE));
}

char *place_git_tree(const struct place *place, const char *path)
{
	const char *const init[] = {"git", "init", "-q", "--bare", "other.git", NULL};
	const char *const add[] = {"git",         "--git-dir=other.git",
				   "--work-tree", path,
				   "-c",          "core.autocrlf=false",
				   "add",         "--force",
				   "--all",       NULL};
	const char *const write_tree[] = {"git", "--git-dir=other.git", "write-tree", NULL};
	g_autofree char *old = place_path(place, "other.git");

	ksig_directory_remove(old, NULL);
	g_free(place_run(place, init));
	g_free(place_run(place, add));
	return place_run(place, write_tree);
}
