/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that repomd.xml names: fetched, and of exactly the sums and sizes that it says. */
#include "rpm/metadata.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	cr_ChecksumType type;
	size_t digits;
} sums[] = {{"sha256", CR_CHECKSUM_SHA256, 64},
	    {"sha384", CR_CHECKSUM_SHA384, 96},
	    {"sha512", CR_CHECKSUM_SHA512, 128}};

/* A sum that can be forged is none. */
static bool sum_type(const char *name, cr_ChecksumType *out_type)
{
	for (size_t i = 0; name && i < G_N_ELEMENTS(sums); i++)
		if (g_str_equal(sums[i].name, name)) {
			*out_type = sums[i].type;
			return true;
		}
	return false;
}

bool ksig_rpm_sum_is_known(const char *name)
{
	cr_ChecksumType type = CR_CHECKSUM_UNKNOWN;

	return sum_type(name, &type);
}

static char *sum_of(const char *path, cr_ChecksumType type, GError **error)
{
	g_autoptr(ksig_held) held = ksig_file_hold(path, error);
	GError *reason = NULL;
	char *sum = held ? cr_checksum_file(held->name, type, &reason) : NULL;

	if (held && !sum)
		ksig_rpm_library_error(error, reason, KSIG_ERROR_ENVIRONMENT, path);
	return sum;
}

bool ksig_rpm_file_check(const char *path, const char *sum, GError **error)
{
	cr_ChecksumType type = CR_CHECKSUM_SHA256;

	for (size_t i = 0; sum && i < G_N_ELEMENTS(sums); i++)
		if (strlen(sum) == sums[i].digits)
			type = sums[i].type;
	g_autofree char *hash = sum_of(path, type, error);
	return hash && ksig_rpm_same_hash(cr_checksum_name_str(type), hash, sum, error);
}

/* Reads what is compressed in PATH; createrepo_c knows no zstd before 1.0, libarchive does. To
 * archive_read_free(). */
static struct archive *open_compressed(const char *path, GError **error)
{
	g_autoptr(ksig_held) held = ksig_file_hold(path, error);
	struct archive *reader = held ? archive_read_new() : NULL;
	struct archive_entry *entry = NULL;

	if (!reader)
		return NULL;
	archive_read_support_filter_all(reader);
	archive_read_support_format_raw(reader);
	if (archive_read_open_filename(reader, held->name, 1 << 16) == ARCHIVE_OK &&
	    archive_read_next_header(reader, &entry) == ARCHIVE_OK)
		return reader;
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, archive_error_string(reader));
	archive_read_free(reader);
	return NULL;
}

/* OUT (NULL: nowhere) gets the content, at most LIMIT_BYTES; OUT_HASH its sum. */
static bool unpack(const char *path, FILE *out, gint64 limit_bytes, cr_ChecksumType type, char **out_hash,
		   GError **error)
{
	struct archive *reader = open_compressed(path, error);
	char buffer[65536];
	gint64 total_bytes = 0;
	la_ssize_t got = 0;
	bool written = true;

	if (!reader)
		return false;
	cr_ChecksumCtx *checksum = cr_checksum_new(type, NULL);
	while (written && total_bytes <= limit_bytes &&
	       (got = archive_read_data(reader, buffer, sizeof buffer)) > 0) {
		cr_checksum_update(checksum, buffer, (size_t) got, NULL);
		written = !out || fwrite(buffer, 1, (size_t) got, out) == (size_t) got;
		total_bytes += got;
	}
	archive_read_free(reader);
	g_autofree char *hash = cr_checksum_final(checksum, NULL);
	if (!written)
		return ksig_error_errno(error, errno, "%s", path);
	if (got < 0 || total_bytes > limit_bytes)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: damaged, or more than was signed", path);
	*out_hash = g_steal_pointer(&hash);
	return true;
}

bool ksig_rpm_file_hash(const char *path, char **out_hash, GError **error)
{
	*out_hash = sum_of(path, CR_CHECKSUM_SHA256, error);
	return *out_hash != NULL;
}

bool ksig_rpm_same_hash(const char *what, const char *is, const char *shall, GError **error)
{
	if (g_strcmp0(is, shall) == 0)
		return true;
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s is %s, not %s as signed", what, is,
			      shall ? shall : "(none)");
}

static bool starts_with(const char *path, const char *magic, size_t length)
{
	char head[8] = "";
	const int fd = ksig_file_open(path, NULL);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
	const bool same = file && fread(head, 1, length, file) == length && memcmp(head, magic, length) == 0;

	if (file)
		fclose(file);
	return same;
}

static bool is_zstd(const char *path)
{
	return starts_with(path, "\x28\xb5\x2f\xfd", 4);
}

/* A file in pieces, which comes beside the same in one; its content is read by those who fetch pieces. */
static bool is_zchunk(const char *path)
{
	return starts_with(path, "\0ZCK1", 5);
}

static bool has_size(const char *path, gint64 size_bytes, GError **error)
{
	struct stat status;

	if (stat(path, &status) != 0 || status.st_size != size_bytes)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "not of the size that was signed");
	return true;
}

/* createrepo_c tells by the name that it is not compressed. */
static char *plain_name(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);

	if (g_str_has_suffix(base, ".zst"))
		base[strlen(base) - strlen(".zst")] = '\0';
	return g_strconcat("plain.", base, NULL);
}

/* Checks the content of PATH; what createrepo_c and libsolv cannot open is unpacked for them beside. */
static char *open_record(const char *path, const cr_RepomdRecord *record, const char *scratch, GError **error)
{
	const gint64 limit_bytes = record->size_open > 0 ? record->size_open
							 : 4LL * KSIG_RPM_LIMIT_METADATA_BYTES;
	const char *type_name = record->checksum_open_type ? record->checksum_open_type
							   : record->checksum_type;
	g_autofree char *name = plain_name(path);
	g_autofree char *plain = is_zstd(path) ? g_build_filename(scratch, name, NULL) : NULL;
	g_autofree char *hash = NULL;
	cr_ChecksumType type = CR_CHECKSUM_SHA256;

	if (is_zchunk(path) || (!record->checksum_open && !plain))
		return g_strdup(path);
	if (record->checksum_open && !sum_type(type_name, &type)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: sha256 or better expected", type_name);
		return NULL;
	}
	FILE *out = plain ? fopen(plain, "we") : NULL;
	if (plain && !out) {
		ksig_error_errno(error, errno, "%s", plain);
		return NULL;
	}
	bool good = unpack(path, out, limit_bytes, type, &hash, error);
	if (out && fclose(out) != 0 && good)
		good = ksig_error_errno(error, errno, "%s", plain);
	if (!good || (record->checksum_open &&
		      !ksig_rpm_same_hash("sum of the content", hash, record->checksum_open, error)))
		return NULL;
	return plain ? g_steal_pointer(&plain) : g_strdup(path);
}

char *ksig_rpm_fetch_record(const char *location, const cr_RepomdRecord *record, const char *scratch,
			    GError **error)
{
	cr_ChecksumType type = CR_CHECKSUM_SHA256;

	if (!record->location_href || record->size <= 0 || record->size > KSIG_RPM_LIMIT_METADATA_BYTES ||
	    record->size_open > 4LL * KSIG_RPM_LIMIT_METADATA_BYTES ||
	    !sum_type(record->checksum_type, &type)) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "no place, no size within limits, or no sha256 or better");
		return NULL;
	}
	g_autofree char *path = ksig_rpm_fetch_copy(location, record->location_href, (guint64) record->size,
						    scratch, error);
	g_autofree char *hash = path ? sum_of(path, type, error) : NULL;
	if (!hash || !ksig_rpm_same_hash(record->checksum_type, hash, record->checksum, error) ||
	    !has_size(path, record->size, error))
		return NULL;
	return open_record(path, record, scratch, error);
}
