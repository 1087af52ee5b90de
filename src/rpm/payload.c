/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Payloads of packages, apart from what reads specs: the client of live patches needs no rpmbuild. */
#include "rpm/payload-internal.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const gint64 unpack_limit_bytes = INT64_C(8) << 30;

bool srpm_payload_error(GError **error, struct archive *payload, const char *path)
{
	const char *reason = archive_error_string(payload);

	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path,
			      reason ? reason : "its payload is damaged");
}

struct archive *ksig_rpm_srpm_payload(const char *path, GError **error)
{
	struct archive *payload = archive_read_new();

	archive_read_support_filter_rpm(payload);
	archive_read_support_filter_gzip(payload);
	archive_read_support_filter_bzip2(payload);
	archive_read_support_filter_xz(payload);
	archive_read_support_filter_lzma(payload);
	archive_read_support_filter_zstd(payload);
	archive_read_support_format_cpio(payload);
	if (!ksig_rpm_archive_open(payload, path)) {
		srpm_payload_error(error, payload, path);
		archive_read_free(payload);
		return NULL;
	}
	return payload;
}

bool ksig_rpm_payload_next(struct archive *payload, const char *path, struct archive_entry **out_entry,
			   GError **error)
{
	const int code = archive_read_next_header(payload, out_entry);

	if (code == ARCHIVE_EOF)
		*out_entry = NULL;
	return code == ARCHIVE_EOF || code == ARCHIVE_OK || code == ARCHIVE_WARN ||
	       srpm_payload_error(error, payload, path);
}

const char *ksig_rpm_srpm_entry_name(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (name && g_str_has_prefix(name, "./"))
		name += 2;
	return name && !strchr(name, '/') && ksig_path_is_safe(name) ? name : NULL;
}

/* NAME below FOLDER; NULL: it would leave it. */
static char *place_below(const char *folder, const char *name)
{
	while (name && g_str_has_prefix(name, "./"))
		name += 2;
	return name && ksig_path_is_safe(name) ? g_build_filename(folder, name, NULL) : NULL;
}

static bool copy_data(struct archive *payload, struct archive *disk)
{
	const void *block = NULL;
	size_t length_bytes = 0;
	la_int64_t offset = 0;
	int code = ARCHIVE_OK;

	while ((code = archive_read_data_block(payload, &block, &length_bytes, &offset)) == ARCHIVE_OK)
		if (archive_write_data_block(disk, block, length_bytes, offset) < ARCHIVE_OK)
			return false;
	return code == ARCHIVE_EOF;
}

static bool unpack_one(struct archive *payload, struct archive *disk, struct archive_entry *entry,
		       const char *folder)
{
	const char *link = archive_entry_hardlink(entry);
	g_autofree char *place = place_below(folder, archive_entry_pathname(entry));
	g_autofree char *link_place = link ? place_below(folder, link) : NULL;

	if (!place || (link && !link_place))
		return false;
	archive_entry_set_pathname(entry, place);
	if (link)
		archive_entry_set_hardlink(entry, link_place);
	return archive_write_header(disk, entry) >= ARCHIVE_WARN && copy_data(payload, disk) &&
	       archive_write_finish_entry(disk) >= ARCHIVE_WARN;
}

static bool unpack_all(struct archive *payload, struct archive *disk, const char *path, const char *folder,
		       GError **error)
{
	struct archive_entry *entry = NULL;
	gint64 total_bytes = 0;
	bool good = true;

	while ((good = ksig_rpm_payload_next(payload, path, &entry, error)) && entry) {
		g_autofree char *name = g_strdup(archive_entry_pathname(entry));
		total_bytes += archive_entry_size(entry);
		if (total_bytes > unpack_limit_bytes)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than 8 GiB in it", path);
		if (!unpack_one(payload, disk, entry, folder))
			return ksig_error_set(
				error, KSIG_ERROR_INPUT, "%s: %s cannot be unpacked below %s: %s", path,
				name ? name : "a file without a name", folder,
				archive_error_string(disk) ? archive_error_string(disk) : "its place");
	}
	return good;
}

bool ksig_rpm_package_unpack(const char *path, const char *folder, GError **error)
{
	g_autofree char *real = realpath(folder, NULL);
	struct archive *payload = real ? ksig_rpm_srpm_payload(path, error) : NULL;
	struct archive *disk = archive_write_disk_new();
	bool good = payload != NULL;

	if (!real)
		ksig_error_errno(error, errno, "%s", folder);
	archive_write_disk_set_options(disk, ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_PERM |
						     ARCHIVE_EXTRACT_SECURE_SYMLINKS |
						     ARCHIVE_EXTRACT_SECURE_NODOTDOT);
	if (good)
		good = unpack_all(payload, disk, path, real, error);
	archive_read_free(payload);
	archive_write_free(disk);
	return good;
}
