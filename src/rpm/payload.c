/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payloads of packages, apart from what reads specs: the client of live patches needs no rpmbuild. */
#include "rpm/srpm-internal.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 18 };

bool srpm_payload_error(GError **error, struct archive *payload, const char *path)
{
	const char *reason = archive_error_string(payload);

	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path,
			      reason ? reason : "no payload to read");
}

struct archive *ksig_srpm_payload(const char *path, GError **error)
{
	struct archive *payload = archive_read_new();

	archive_read_support_filter_rpm(payload);
	archive_read_support_filter_gzip(payload);
	archive_read_support_filter_bzip2(payload);
	archive_read_support_filter_xz(payload);
	archive_read_support_filter_lzma(payload);
	archive_read_support_filter_zstd(payload);
	archive_read_support_format_cpio(payload);
	if (archive_read_open_filename(payload, path, BLOCK_BYTES) != ARCHIVE_OK) {
		srpm_payload_error(error, payload, path);
		archive_read_free(payload);
		return NULL;
	}
	return payload;
}

const char *ksig_srpm_entry_name(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (name && g_str_has_prefix(name, "./"))
		name += 2;
	return name && !strchr(name, '/') && ksig_path_is_safe(name) ? name : NULL;
}
