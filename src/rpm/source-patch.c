/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens a source of a package, compressed or plain or empty, by libarchive. How Debian applies patches is
 * tree/source-patch.c's.
 */
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>

enum { BLOCK_BYTES = 1 << 16 };

void ksig_rpm_source_patch_free(void *data)
{
	struct ksig_source_patch *patch = data;

	if (!patch)
		return;
	g_free(patch->name);
	g_free(patch->digest);
	g_free(patch->text);
	g_free(patch->folder);
	g_free(patch->directory);
	g_strfreev(patch->argv);
	g_free(patch);
}

bool ksig_rpm_source_open(struct archive *archive, const char *path, struct archive_entry **out_entry)
{
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	g_autoptr(GError) reason = NULL;
	g_autoptr(ksig_held) held = ksig_file_hold(path, &reason);
	if (!held)
		archive_set_error(archive, EINVAL, "%s", reason->message);
	if (!held || archive_read_open_filename(archive, held->name, BLOCK_BYTES) != ARCHIVE_OK)
		return false;
	const int code = archive_read_next_header(archive, out_entry);
	if (code == ARCHIVE_EOF)
		*out_entry = NULL;
	return code == ARCHIVE_OK || code == ARCHIVE_EOF;
}
