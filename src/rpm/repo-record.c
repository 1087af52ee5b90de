/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that repomd.xml names: fetched, and of exactly the sums and sizes that it says. */
#include "rpm/metadata.h"

#include <sys/stat.h>

static bool hash_opened(const char *path, const cr_RepomdRecord *record, char **out_hash, GError **error)
{
	GError *reason = NULL;
	CR_FILE *file = cr_open(path, CR_CW_MODE_READ, CR_CW_AUTO_DETECT_COMPRESSION, &reason);
	char buffer[65536];
	gint64 total_bytes = 0;
	int got = 0;

	if (!file)
		return ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, path);
	cr_ChecksumCtx *checksum = cr_checksum_new(CR_CHECKSUM_SHA256, NULL);
	while ((got = cr_read(file, buffer, sizeof buffer, &reason)) > 0 &&
	       total_bytes <= record->size_open) {
		cr_checksum_update(checksum, buffer, (size_t) got, NULL);
		total_bytes += got;
	}
	cr_close(file, NULL);
	g_autofree char *hash = cr_checksum_final(checksum, NULL);
	if (got < 0)
		return ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, record->location_href);
	*out_hash = g_steal_pointer(&hash);
	return true;
}

bool ksig_rpm_file_hash(const char *path, char **out_hash, GError **error)
{
	GError *reason = NULL;

	*out_hash = cr_checksum_file(path, CR_CHECKSUM_SHA256, &reason);
	return *out_hash ? true : ksig_rpm_library_error(error, reason, KSIG_ERROR_ENVIRONMENT, path);
}

bool ksig_rpm_same_hash(const char *what, const char *is, const char *shall, GError **error)
{
	if (g_strcmp0(is, shall) == 0)
		return true;
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s is %s, not %s as signed", what, is,
			      shall ? shall : "(none)");
}

char *ksig_rpm_fetch_record(const char *location, const cr_RepomdRecord *record, const char *scratch,
			    GError **error)
{
	g_autofree char *hash = NULL;
	g_autofree char *open_hash = NULL;
	struct stat status;

	if (!record->location_href || record->size <= 0 || record->size > KSIG_RPM_LIMIT_METADATA_BYTES ||
	    record->size_open > 4LL * KSIG_RPM_LIMIT_METADATA_BYTES ||
	    g_strcmp0(record->checksum_type, "sha256") != 0) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "no place, no size within limits, or no sha256");
		return NULL;
	}
	g_autofree char *path = ksig_rpm_fetch_path(location, record->location_href, (guint64) record->size,
						    scratch, error);
	if (!path || !ksig_rpm_file_hash(path, &hash, error) ||
	    !ksig_rpm_same_hash("sha256", hash, record->checksum, error))
		return NULL;
	if (stat(path, &status) != 0 || status.st_size != record->size) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "not of the size that was signed");
		return NULL;
	}
	if (record->checksum_open &&
	    (!hash_opened(path, record, &open_hash, error) ||
	     !ksig_rpm_same_hash("sha256 of the content", open_hash, record->checksum_open, error)))
		return NULL;
	return g_steal_pointer(&path);
}
