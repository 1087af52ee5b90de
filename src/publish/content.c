/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a package is, by what it carries: a name is its maker's word. */
#include "publish/content-internal.h"
#include "elf/elf.h"
#include "live/package.h"
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { LIMIT_MODULE_BYTES = 256 << 20, LIMIT_FILES = 1000000 };

static bool is_module(const char *name)
{
	static const char *const ends[] = {".ko", ".ko.xz", ".ko.gz", ".ko.zst", ".ko.bz2"};

	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		if (g_str_has_suffix(name, ends[i]))
			return true;
	return false;
}

/* "livepatch=Y" in .modinfo, which kernels ask for (commit 2992ef29ae01 ("livepatch/module: make
 * TAINT_LIVEPATCH module-specific") (in v4.9)). */
static bool is_livepatch(const char *name, GBytes *packed)
{
	static const char mark[] = "livepatch=Y";
	g_autoptr(GBytes) bytes = ksig_elf_unpack(name, packed, LIMIT_MODULE_BYTES, NULL);
	gsize length = 0;
	const char *data = bytes ? g_bytes_get_data(bytes, &length) : NULL;

	/* What cannot be opened is not known to be none. */
	return !data || memmem(data, length, mark, sizeof mark);
}

static bool read_entry(struct archive *archive, struct archive_entry *entry, const char *path, GBytes **out,
		       GError **error)
{
	const int64_t size = archive_entry_size(entry);

	if (size < 0 || size > LIMIT_MODULE_BYTES)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s is too large", path,
				      archive_entry_pathname(entry));
	g_autofree char *data = g_malloc((gsize) size + 1);
	if (archive_read_data(archive, data, (size_t) size) != size)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: the payload is damaged", path);
	*out = g_bytes_new_take(g_steal_pointer(&data), (gsize) size);
	return true;
}

static bool look_at(struct archive *archive, struct archive_entry *entry, const char *path, bool *out_carries,
		    GError **error)
{
	const char *name = archive_entry_pathname(entry);
	g_autoptr(GBytes) bytes = NULL;

	if (!name || archive_entry_filetype(entry) != AE_IFREG)
		return true;
	if (strstr(name, KSIG_LIVE_PACKAGED "/"))
		*out_carries = true;
	else if (is_module(name)) {
		if (!read_entry(archive, entry, path, &bytes, error))
			return false;
		*out_carries = is_livepatch(name, bytes);
	}
	return true;
}

static bool may_carry(char **names)
{
	for (; *names; names++)
		if (is_module(*names) || strstr(*names, KSIG_LIVE_PACKAGED "/"))
			return true;
	return false;
}

bool publish_carries_livepatch(const char *path, bool *out_carries, GError **error)
{
	g_auto(GStrv) names = ksig_rpm_package_files(path, error);
	struct archive_entry *entry = NULL;
	bool good = true;

	*out_carries = false;
	if (!names || !may_carry(names))
		return names != NULL;
	struct archive *archive = ksig_rpm_srpm_payload(path, error);
	for (int i = 0;
	     archive && good && !*out_carries && archive_read_next_header(archive, &entry) == ARCHIVE_OK; i++)
		good = i < LIMIT_FILES ? look_at(archive, entry, path, out_carries, error)
				       : ksig_error_set(error, KSIG_ERROR_INPUT, "%s: too many files", path);
	good = good && archive;
	if (archive)
		archive_read_free(archive);
	return good;
}
