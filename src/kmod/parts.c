/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel's packages and folders: the few files in them that say what the kernel exports. */
#include "kmod/parts-internal.h"
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

static const size_t part_limit_bytes = (size_t) 256 << 20;
static const int64_t package_limit_bytes = (int64_t) 8
					   << 30; /* what is passed over is decompressed as well */
enum { ENTRIES_MAX = 1 << 20, FOLDER_DEPTH_MAX = 8, LISTS_MAX = 16 };

typedef struct archive archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(archive, archive_read_free)

static const struct part {
	const char *suffix;
	size_t field;
} part_names[] = {
	{"/Module.symvers", offsetof(struct ksig_kmod_parts, symvers)},
	{"/Module.symvers.gz", offsetof(struct ksig_kmod_parts, symvers)},
	{"/Module.symvers.xz", offsetof(struct ksig_kmod_parts, symvers)},
	{"/Module.symvers.zst", offsetof(struct ksig_kmod_parts, symvers)},
	{"/symvers.gz", offsetof(struct ksig_kmod_parts, symvers)},
	{"/symvers.xz", offsetof(struct ksig_kmod_parts, symvers)},
	{"/symvers.zst", offsetof(struct ksig_kmod_parts, symvers)},
	{"/include/config/auto.conf", offsetof(struct ksig_kmod_parts, configuration)},
	{"/include/config/kernel.release", offsetof(struct ksig_kmod_parts, release)},
	{"/include/generated/utsrelease.h", offsetof(struct ksig_kmod_parts, utsrelease)},
	{".ko", offsetof(struct ksig_kmod_parts, module)},
	{".ko.xz", offsetof(struct ksig_kmod_parts, module)},
	{".ko.zst", offsetof(struct ksig_kmod_parts, module)},
	{".ko.gz", offsetof(struct ksig_kmod_parts, module)},
};

/* Modules that were added to a kernel's: they say what they were built for, not what it is. */
static bool is_added(const char *path)
{
	static const char *const folders[] = {"/extra/", "/updates/", "/weak-updates/", "/dkms/"};

	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
		if (strstr(path, folders[i]))
			return true;
	return false;
}

static GBytes **field_of(const struct ksig_kmod_parts *parts, const char *path)
{
	if (is_added(path))
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(part_names); i++)
		if (g_str_has_suffix(path, part_names[i].suffix))
			return (GBytes **) ((char *) parts + part_names[i].field);
	return NULL;
}

/* The architecture whose list of stable symbols PATH is; NULL: it is none. */
static const char *list_of(const char *path)
{
	const char *name = strstr(path, "/Module.kabi_");

	return name ? name + strlen("/Module.kabi_") : NULL;
}

bool ksig_kmod_parts_want(const struct ksig_kmod_parts *parts, const char *path)
{
	GBytes **field = field_of(parts, path);

	if (list_of(path))
		return !parts->stable || g_hash_table_size(parts->stable) < LISTS_MAX;
	return field && !*field;
}

void ksig_kmod_parts_take(struct ksig_kmod_parts *parts, const char *path, GBytes *content)
{
	GBytes **field = field_of(parts, path);
	const char *architecture = list_of(path);

	if (architecture) {
		if (!parts->stable)
			parts->stable = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
							      (GDestroyNotify) g_bytes_unref);
		g_hash_table_insert(parts->stable, g_strdup(architecture), g_bytes_ref(content));
		return;
	}
	*field = g_bytes_ref(content);
	if (field == &parts->symvers)
		parts->symvers_path = g_strdup(path);
	if (field == &parts->module)
		parts->module_path = g_strdup(path);
}

void ksig_kmod_parts_clear(struct ksig_kmod_parts *parts)
{
	g_clear_pointer(&parts->symvers, g_bytes_unref);
	g_clear_pointer(&parts->configuration, g_bytes_unref);
	g_clear_pointer(&parts->release, g_bytes_unref);
	g_clear_pointer(&parts->utsrelease, g_bytes_unref);
	g_clear_pointer(&parts->stable, g_hash_table_unref);
	g_clear_pointer(&parts->module, g_bytes_unref);
	g_clear_pointer(&parts->symvers_path, g_free);
	g_clear_pointer(&parts->module_path, g_free);
}

static archive *reader_new(void)
{
	archive *reader = archive_read_new();

	archive_read_support_filter_all(reader);
	archive_read_support_format_cpio(reader);
	archive_read_support_format_tar(reader);
	archive_read_support_format_ar(reader);
	return reader;
}

static bool archive_failed(GError **error, const char *path, archive *reader)
{
	const char *message = archive_error_string(reader);

	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, message ? message : "not an archive");
}

GBytes *ksig_kmod_entry_read(struct archive *reader, size_t limit_bytes, const char *path, GError **error)
{
	g_autoptr(GByteArray) content = g_byte_array_new();
	g_autofree uint8_t *block = g_malloc(1 << 16);
	la_ssize_t got;

	while ((got = archive_read_data(reader, block, 1 << 16)) > 0) {
		if ((size_t) got > limit_bytes - content->len) {
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a file of more than %zu bytes", path,
				       limit_bytes);
			return NULL;
		}
		g_byte_array_append(content, block, (guint) got);
	}
	if (got < 0) {
		archive_failed(error, path, reader);
		return NULL;
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&content));
}

struct visit {
	const char *path;
	ksig_kmod_want_fn *want;
	ksig_kmod_take_fn *take;
	void *data;
	int64_t total_bytes;
};

/* A Debian package is an ar archive around the archive of its files. */
static bool read_archive(struct visit *visit, archive *reader, bool inner, GError **error);

static bool read_inner(struct visit *visit, archive *outer, GError **error)
{
	const char *path = visit->path;
	g_autoptr(GBytes) content = ksig_kmod_entry_read(outer, part_limit_bytes, path, error);
	g_autoptr(archive) reader = reader_new();

	if (!content)
		return false;
	if (archive_read_open_memory(reader, g_bytes_get_data(content, NULL), g_bytes_get_size(content)) !=
	    ARCHIVE_OK)
		return archive_failed(error, path, reader);
	return read_archive(visit, reader, true, error);
}

static bool take_entry(struct visit *visit, archive *reader, const char *name, bool inner, GError **error)
{
	g_autoptr(GBytes) content = NULL;

	if (!inner && g_str_has_prefix(name, "data.tar"))
		return read_inner(visit, reader, error);
	if (!visit->want(name, visit->data))
		return true;
	content = ksig_kmod_entry_read(reader, part_limit_bytes, visit->path, error);
	return content && visit->take(name, content, visit->data, error);
}

static bool count(struct visit *visit, struct archive_entry *entry, GError **error)
{
	const int64_t size_bytes = MAX(archive_entry_size(entry), 0);

	if (size_bytes > package_limit_bytes - visit->total_bytes)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than 8 GiB in it", visit->path);
	visit->total_bytes += size_bytes;
	return true;
}

static bool read_archive(struct visit *visit, archive *reader, bool inner, GError **error)
{
	struct archive_entry *entry;
	int status = ARCHIVE_EOF;

	for (int n = 0; (status = archive_read_next_header(reader, &entry)) == ARCHIVE_OK; n++) {
		if (n >= ENTRIES_MAX)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %d files in it",
					      visit->path, ENTRIES_MAX);
		const char *name = archive_entry_pathname(entry);
		const bool file = archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry);
		if (!count(visit, entry, error))
			return false;
		if (name && file && !take_entry(visit, reader, name, inner, error))
			return false;
	}
	return status == ARCHIVE_EOF || archive_failed(error, visit->path, reader);
}

bool ksig_kmod_package_visit(const char *path, ksig_kmod_want_fn *want, ksig_kmod_take_fn *take, void *data,
			     GError **error)
{
	struct visit visit = {.path = path, .want = want, .take = take, .data = data};
	g_autoptr(archive) reader = reader_new();

	if (!ksig_rpm_archive_open(reader, path))
		return archive_failed(error, path, reader);
	return read_archive(&visit, reader, false, error);
}

static bool want_part(const char *name, void *parts)
{
	return ksig_kmod_parts_want(parts, name);
}

static bool take_part(const char *name, GBytes *content, void *parts, GError **error)
{
	(void) error;
	ksig_kmod_parts_take(parts, name, content);
	return true;
}

bool ksig_kmod_parts_read_package(struct ksig_kmod_parts *parts, const char *path, GError **error)
{
	return ksig_kmod_package_visit(path, want_part, take_part, parts, error);
}

static bool take_file(struct ksig_kmod_parts *parts, const char *path, GError **error)
{
	size_t length = 0;
	char *content;

	if (!ksig_kmod_parts_want(parts, path))
		return true;
	content = ksig_file_read(path, part_limit_bytes, &length, error);
	if (!content)
		return false;
	g_autoptr(GBytes) bytes = g_bytes_new_take(content, length);
	ksig_kmod_parts_take(parts, path, bytes);
	return true;
}

static bool is_dull(const char *path)
{
	return g_str_has_suffix(path, "/arch") || g_str_has_suffix(path, "/scripts") ||
	       g_str_has_suffix(path, "/tools");
}

static bool read_folder(struct ksig_kmod_parts *parts, const char *path, int depth, GError **error)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *inner = g_build_filename(path, name, NULL);
		if (g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
			continue;
		if (!g_file_test(inner, G_FILE_TEST_IS_DIR)) {
			if (!take_file(parts, inner, error))
				return false;
		} else if (depth < FOLDER_DEPTH_MAX && !is_dull(inner) &&
			   !read_folder(parts, inner, depth + 1, error)) {
			return false;
		}
	}
	return true;
}

bool ksig_kmod_parts_read_folder(struct ksig_kmod_parts *parts, const char *path, GError **error)
{
	return read_folder(parts, path, 0, error);
}
