/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vendor's list of symbols that stay, where it is published: kernel-abi-stablelists has a list for each
 * minor release and architecture, a dist-git Module.kabi_ARCH, and kabi-dw's data a file for each symbol.
 */
#include "elf/elf.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

static const size_t list_limit_bytes = (size_t) 64 << 20;
static const int64_t total_limit_bytes = INT64_C(1) << 30; /* what is passed over is decompressed as well */
enum { ENTRIES_MAX = 1 << 18, FOLDER_DEPTH_MAX = 3, KABI_BLOCK_BYTES = 1 << 16 };

#define CURRENT "kabi-current"

typedef struct archive archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(archive, archive_read_free)

struct lists {
	const char *arch;
	GHashTable *found; /* path -> GBytes */
	char *current;     /* the folder that is the newest minor release's, by its link; NULL: none says */
	GString *dumped;   /* names of kabi-dw's files, a line each */
};

typedef struct lists lists_t;

static void lists_clear(lists_t *lists)
{
	g_hash_table_unref(lists->found);
	g_free(lists->current);
	g_string_free(lists->dumped, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(lists_t, lists_clear)

static char *folder_of(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);

	return g_path_get_basename(folder);
}

static bool is_module_kabi(const struct lists *lists, const char *path)
{
	g_autofree char *name = g_path_get_basename(path),
			*wanted = g_strconcat("Module.kabi_", lists->arch, NULL);

	return g_str_equal(name, wanted);
}

static bool is_list(const struct lists *lists, const char *path)
{
	static const char *const stems[] = {"kabi_stablelist_", "kabi_whitelist_"};
	g_autofree char *name = g_path_get_basename(path);

	for (size_t i = 0; i < G_N_ELEMENTS(stems); i++)
		if (g_str_has_prefix(name, stems[i]) && g_str_equal(name + strlen(stems[i]), lists->arch))
			return true;
	return is_module_kabi(lists, path);
}

/* "base/x86_64/func--printk.txt": kabi-dw's file of what a symbol's type is. */
static void note_dump(const struct lists *lists, const char *path)
{
	static const char *const stems[] = {"func--", "var--"};
	g_autofree char *name = g_path_get_basename(path), *folder = folder_of(path);
	const size_t length = strlen(name);

	if (!g_str_has_suffix(name, ".txt") || (strchr(path, '/') && !g_str_equal(folder, lists->arch)))
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(stems); i++)
		if (g_str_has_prefix(name, stems[i]))
			g_string_append_printf(lists->dumped, "%.*s\n",
					       (int) (length - strlen(stems[i]) - strlen(".txt")),
					       name + strlen(stems[i]));
}

static void note_link(struct lists *lists, const char *path, const char *target)
{
	g_autofree char *name = g_path_get_basename(path);

	if (target && g_str_equal(name, CURRENT)) {
		g_free(lists->current);
		lists->current = g_path_get_basename(target);
	}
}

/* ---- folders and archives ------------------------------------------------------------------------- */

static bool read_file(struct lists *lists, const char *path, const char *below, GError **error)
{
	size_t length = 0;
	char *text = ksig_file_read(path, list_limit_bytes, &length, error);

	if (text)
		g_hash_table_insert(lists->found, g_strdup(below), g_bytes_new_take(text, length));
	return text != NULL;
}

/* ROOT and what is BELOW it ("": itself). */
static bool read_folder(struct lists *lists, const char *root, const char *below, int depth, GError **error)
{
	g_autofree char *place = g_build_filename(root, below, NULL);
	g_autoptr(GDir) folder = g_dir_open(place, 0, error);
	const char *name;

	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *path = g_build_filename(place, name, NULL);
		g_autofree char *inner = *below ? g_build_filename(below, name, NULL) : g_strdup(name);
		bool good = true;
		if (g_file_test(path, G_FILE_TEST_IS_SYMLINK)) {
			g_autofree char *target = g_file_read_link(path, NULL);
			note_link(lists, inner, target);
		} else if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
			good = depth >= FOLDER_DEPTH_MAX || read_folder(lists, root, inner, depth + 1, error);
		} else if (is_list(lists, inner)) {
			good = read_file(lists, path, inner, error);
		} else {
			note_dump(lists, inner);
		}
		if (!good)
			return false;
	}
	return folder != NULL;
}

/* NULL: PATH is no archive. */
static archive *open_archive(const char *path, ksig_elf_open_fn *open, struct archive_entry **out_first)
{
	g_autoptr(archive) reader = archive_read_new();

	archive_read_support_filter_rpm(reader);
	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_bzip2(reader);
	archive_read_support_filter_xz(reader);
	archive_read_support_filter_lzma(reader);
	archive_read_support_filter_zstd(reader);
	archive_read_support_format_tar(reader);
	archive_read_support_format_cpio(reader);
	if (!open(reader, path) || archive_read_next_header(reader, out_first) != ARCHIVE_OK)
		return NULL;
	return g_steal_pointer(&reader);
}

static GBytes *read_entry(archive *reader)
{
	g_autoptr(GByteArray) content = g_byte_array_new();
	g_autofree uint8_t *block = g_malloc(KABI_BLOCK_BYTES);
	la_ssize_t got;

	while ((got = archive_read_data(reader, block, KABI_BLOCK_BYTES)) > 0) {
		if ((size_t) got > list_limit_bytes - content->len)
			return NULL;
		g_byte_array_append(content, block, (guint) got);
	}
	return got < 0 ? NULL : g_byte_array_free_to_bytes(g_steal_pointer(&content));
}

static bool take_entry(struct lists *lists, archive *reader, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	GBytes *content = NULL;

	if (!path)
		return true;
	if (archive_entry_filetype(entry) == AE_IFLNK)
		note_link(lists, path, archive_entry_symlink(entry));
	if (archive_entry_filetype(entry) != AE_IFREG)
		return true;
	note_dump(lists, path);
	if (!is_list(lists, path))
		return true;
	content = read_entry(reader);
	if (content)
		g_hash_table_insert(lists->found, g_strdup(path), content);
	return content != NULL;
}

static bool read_archive(struct lists *lists, const char *path, archive *reader, struct archive_entry *entry,
			 GError **error)
{
	int64_t total_bytes = 0;
	int code = ARCHIVE_OK;

	for (int n = 0; code == ARCHIVE_OK; n++) {
		total_bytes += MAX(archive_entry_size(entry), 0);
		if (n >= ENTRIES_MAX || total_bytes > total_limit_bytes)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: too much in it", path);
		if (!take_entry(lists, reader, entry))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: a list in it is damaged, or of "
					      "more than %zu bytes",
					      path, list_limit_bytes);
		code = archive_read_next_header(reader, &entry);
	}
	return code == ARCHIVE_EOF ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, archive_error_string(reader));
}

/* ---- which one ------------------------------------------------------------------------------------ */

/* Module.kabi_ARCH has versions; of lists of names that of the newest minor release counts, 8.10's
 * after 8.9's.
 */
static bool is_better(const struct lists *lists, const char *path, const char *than)
{
	if (!than)
		return true;
	const bool kabi = is_module_kabi(lists, path), kabi_than = is_module_kabi(lists, than);
	if (kabi != kabi_than)
		return kabi;
	g_autofree char *folder = folder_of(path), *folder_than = folder_of(than);
	const bool is = g_strcmp0(folder, lists->current) == 0;
	if (is != (g_strcmp0(folder_than, lists->current) == 0))
		return is;
	if (strlen(folder) != strlen(folder_than))
		return strlen(folder) > strlen(folder_than);
	return strcmp(path, than) > 0;
}

static GBytes *choose(struct lists *lists, const char *path, GError **error)
{
	const char *best = NULL;
	GHashTableIter iterator;
	gpointer found;

	g_hash_table_iter_init(&iterator, lists->found);
	while (g_hash_table_iter_next(&iterator, &found, NULL))
		if (is_better(lists, found, best))
			best = found;
	if (best)
		return g_bytes_ref(g_hash_table_lookup(lists->found, best));
	if (lists->dumped->len)
		return g_bytes_new(lists->dumped->str, lists->dumped->len);
	ksig_error_set(error, KSIG_ERROR_INPUT,
		       "%s: no list of symbols for %s in it: Module.kabi_%s, kabi_stablelist_%s or kabi-dw's "
		       "files expected",
		       path, lists->arch, lists->arch, lists->arch);
	return NULL;
}

GBytes *ksig_elf_kabi_read(const char *path, const char *arch, ksig_elf_open_fn *open, GError **error)
{
	struct archive_entry *first = NULL;
	const bool is_folder = g_file_test(path, G_FILE_TEST_IS_DIR);
	g_autoptr(archive) reader = is_folder ? NULL : open_archive(path, open, &first);
	g_auto(lists_t) lists = {.arch = arch,
				 .found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
								(GDestroyNotify) g_bytes_unref),
				 .dumped = g_string_new(NULL)};

	if (!is_folder && !reader)
		return ksig_elf_unpack_file(path, list_limit_bytes, error);
	if (!arch) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: lists of several architectures, and the kernel does not say which is its "
			       "own: name one of them",
			       path);
		return NULL;
	}
	if (!(is_folder ? read_folder(&lists, path, "", 0, error)
			: read_archive(&lists, path, reader, first, error)))
		return NULL;
	return choose(&lists, path, error);
}

GPtrArray *ksig_elf_kabi_load(const char *path, const char *arch, ksig_elf_open_fn *open, GError **error)
{
	g_autoptr(GBytes) list = ksig_elf_kabi_read(path, arch, open, error);
	gsize length = 0;
	const char *text = list ? g_bytes_get_data(list, &length) : NULL;

	return list ? ksig_elf_kabi_parse(path, text ? text : "", length, error) : NULL;
}
