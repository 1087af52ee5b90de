/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules in archives inside of packages: a scriptlet may unpack them, and nobody can tell for which kernels.
 */
#include "kmod/nested-internal.h"
#include "kmod/modules-internal.h"
#include "kmod/parts-internal.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { DEPTH_MAX = 3, ENTRIES_MAX = 1 << 17 };
static const int64_t total_limit_bytes = (int64_t) 1 << 30; /* what is passed over is decompressed as well */
static const size_t inner_limit_bytes = (size_t) 64 << 20;

typedef struct archive archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(archive, archive_read_free)

bool ksig_kmod_is_archive(const char *path)
{
	static const char *const suffixes[] = {".tar",  ".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".zip",
					       ".cpio", ".7z",  ".rpm", ".deb",  ".a",   ".run",  NULL};
	g_autofree char *name = g_path_get_basename(path);

	if (strstr(name, ".tar.") || strstr(name, ".cpio."))
		return true;
	for (const char *const *suffix = suffixes; *suffix; suffix++)
		if (g_str_has_suffix(name, *suffix))
			return true;
	return false;
}

struct search {
	char *found; /* the archive that has modules; NULL: none so far */
	int64_t total_bytes;
};

static archive *open_memory(GBytes *content)
{
	g_autoptr(archive) reader = archive_read_new();

	archive_read_support_filter_all(reader);
	archive_read_support_format_tar(reader);
	archive_read_support_format_cpio(reader);
	archive_read_support_format_zip(reader);
	archive_read_support_format_7zip(reader);
	archive_read_support_format_ar(reader);
	return archive_read_open_memory(reader, g_bytes_get_data(content, NULL), g_bytes_get_size(content)) ==
			       ARCHIVE_OK
		       ? g_steal_pointer(&reader)
		       : NULL;
}

/* True if CONTENT, an archive, has a module, at whatever depth. One that cannot be read has none that is
 * known. */
static bool has_modules(struct search *search, GBytes *content, int depth)
{
	g_autoptr(archive) reader = open_memory(content);
	struct archive_entry *entry;

	for (int n = 0; reader && n < ENTRIES_MAX && archive_read_next_header(reader, &entry) == ARCHIVE_OK;
	     n++) {
		const char *name = archive_entry_pathname(entry);
		search->total_bytes += MAX(archive_entry_size(entry), 0);
		if (search->total_bytes > total_limit_bytes)
			return false;
		if (name && ksig_kmod_is_module_file(name))
			return true;
		if (!name || depth >= DEPTH_MAX || !ksig_kmod_is_archive(name))
			continue;
		g_autoptr(GBytes) inner = ksig_kmod_entry_read(reader, inner_limit_bytes, name, NULL);
		if (inner && has_modules(search, inner, depth + 1))
			return true;
	}
	return false;
}

static bool want(const char *name, void *data)
{
	const struct search *search = data;

	return !search->found && ksig_kmod_is_archive(name);
}

static bool take(const char *name, GBytes *content, void *data, GError **error)
{
	struct search *search = data;

	(void) error;
	if (has_modules(search, content, 1))
		search->found = g_strdup(name + (g_str_has_prefix(name, "./") ? 1 : 0));
	return true;
}

char *ksig_kmod_nested_modules(const char *path)
{
	struct search search = {0};

	/* A package that cannot be read is said by those who read it for more than this. */
	ksig_kmod_package_visit(path, want, take, &search, NULL);
	return search.found;
}
