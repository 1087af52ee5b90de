/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two readers of libarchive, one behind the other: the first takes the compression off, the second reads tar.
 * Between them is kept what the second has not passed, so that the headers of a member are there when it has
 * made one of them.
 */
#include "tree/tar-internal.h"
#include "tree/tar-headers-internal.h"
#include "tree/tree-internal.h"

enum { READ_BYTES = 1 << 18, HEADERS_LIMIT_BYTES = 64 << 20 };

struct ksig_tar {
	ksig_archive *packed;
	ksig_archive *archive;
	ksig_tar_headers *headers;
	GByteArray *kept; /* of the unpacked bytes those from KEPT_AT to where the second reader has them */
	uint64_t kept_at;
	uint64_t headers_at; /* where the member before ended */
	bool in_headers;     /* else in a member's data */
	bool begun;
};

bool ksig_archive_error(GError **error, struct archive *archive, const char *name)
{
	const char *reason = archive_error_string(archive);
	g_autofree char *text = ksig_utf8(reason ? reason : "not an archive that can be read", -1);

	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", name, text);
}

static void pass(ksig_tar *tar, uint64_t to)
{
	const guint length = (guint) MIN(to - tar->kept_at, tar->kept->len);

	g_byte_array_remove_range(tar->kept, 0, length);
	tar->kept_at += length;
}

/* libarchive asks for more when it has taken all of what it was given (archive_read_open(3)). */
static la_ssize_t more(struct archive *archive, void *data, const void **out_bytes)
{
	ksig_tar *tar = data;
	const void *bytes = NULL;
	size_t length = 0;
	la_int64_t offset = 0;

	pass(tar, tar->in_headers ? tar->headers_at : (uint64_t) archive_filter_bytes(archive, 0));
	if (tar->kept->len > HEADERS_LIMIT_BYTES) {
		archive_set_error(archive, EFBIG, "the headers of one member are above %d bytes",
				  HEADERS_LIMIT_BYTES);
		return -1;
	}
	const int code = archive_read_data_block(tar->packed, &bytes, &length, &offset);
	if (code == ARCHIVE_EOF)
		return 0;
	if (code != ARCHIVE_OK) {
		const char *reason = archive_error_string(tar->packed);
		archive_set_error(archive, archive_errno(tar->packed), "%s", reason ? reason : "damaged");
		return -1;
	}
	g_byte_array_append(tar->kept, bytes, (guint) length);
	*out_bytes = tar->kept->data + tar->kept->len - length;
	return (la_ssize_t) length;
}

static struct archive *new_packed(void)
{
	struct archive *packed = archive_read_new();

	archive_read_support_format_raw(packed);
	archive_read_support_filter_gzip(packed);
	archive_read_support_filter_bzip2(packed);
	archive_read_support_filter_xz(packed);
	archive_read_support_filter_lzma(packed);
	archive_read_support_filter_zstd(packed);
	return packed;
}

static ksig_tar *new_tar(void)
{
	ksig_tar *tar = g_new0(ksig_tar, 1);

	tar->packed = new_packed();
	tar->archive = archive_read_new();
	tar->headers = ksig_tar_headers_new();
	tar->kept = g_byte_array_new();
	tar->in_headers = true;
	archive_read_support_format_tar(tar->archive);
	/* Names are bytes: no conversion to the locale's character set. */
	archive_read_set_options(tar->archive, "tar:hdrcharset=BINARY");
	return tar;
}

void ksig_tar_free(ksig_tar *tar)
{
	if (!tar)
		return;
	archive_read_free(tar->archive);
	archive_read_free(tar->packed);
	ksig_tar_headers_free(tar->headers);
	g_byte_array_unref(tar->kept);
	g_free(tar);
}

/* CODE: what opening the first reader said. */
static ksig_tar *open_inner(ksig_tar *tar, int code, const char *name, GError **error)
{
	struct archive_entry *entry = NULL;
	g_autoptr(ksig_tar) own = tar;

	if (code != ARCHIVE_OK || archive_read_next_header(tar->packed, &entry) != ARCHIVE_OK) {
		ksig_archive_error(error, tar->packed, name);
		return NULL;
	}
	if (archive_read_open(tar->archive, tar, NULL, more, NULL) != ARCHIVE_OK) {
		ksig_archive_error(error, tar->archive, name);
		return NULL;
	}
	return g_steal_pointer(&own);
}

ksig_tar *ksig_tar_open(const char *path, GError **error)
{
	g_autoptr(ksig_held) held = ksig_file_hold(path, error);
	ksig_tar *tar = held ? new_tar() : NULL;

	return tar ? open_inner(tar, archive_read_open_filename(tar->packed, held->name, READ_BYTES), path,
				error)
		   : NULL;
}

ksig_tar *ksig_tar_open_bytes(const void *bytes, size_t length, const char *name, GError **error)
{
	ksig_tar *tar = new_tar();

	return open_inner(tar, archive_read_open_memory(tar->packed, bytes, length), name, error);
}

struct archive *ksig_tar_archive(const ksig_tar *tar)
{
	return tar->archive;
}

uint64_t ksig_tar_position(const ksig_tar *tar)
{
	return (uint64_t) archive_filter_bytes(tar->packed, -1);
}

/* Of libarchive's warnings all but this one pass over what tar uses, or ends at. */
static bool is_name_in_bytes(struct archive *archive, int code)
{
	const char *reason = archive_error_string(archive);

	return code == ARCHIVE_WARN && reason && strstr(reason, "can't be converted from");
}

/* Past the data of the member that it stands at. */
static bool skip(ksig_tar *tar)
{
	if (tar->begun && archive_read_data_skip(tar->archive) != ARCHIVE_OK)
		return false;
	tar->begun = true;
	tar->in_headers = true;
	tar->headers_at = (uint64_t) archive_filter_bytes(tar->archive, 0);
	return true;
}

/* libarchive takes the end of the file for the end of the archive; tar ends with blocks of zeros. */
static bool check_end(const ksig_tar *tar, const char *name, GError **error)
{
	return (uint64_t) archive_filter_bytes(tar->archive, 0) > tar->headers_at ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: truncated: no end of archive", name);
}

bool ksig_tar_next(ksig_tar *tar, const char *name, struct archive_entry **out_entry, GError **error)
{
	struct archive_entry *entry = NULL;

	if (!skip(tar))
		return ksig_archive_error(error, tar->archive, name);
	const int code = archive_read_next_header(tar->archive, &entry);
	tar->in_headers = false;
	*out_entry = code == ARCHIVE_EOF ? NULL : entry;
	if (code == ARCHIVE_EOF)
		return check_end(tar, name, error);
	if (code != ARCHIVE_OK && !is_name_in_bytes(tar->archive, code))
		return ksig_archive_error(error, tar->archive, name);
	/* Behind what the second reader has not given back yet. */
	const size_t from = (size_t) (tar->headers_at - tar->kept_at);
	if (ksig_tar_headers_check(tar->headers, tar->kept->data + from, tar->kept->len - from, entry, error))
		return true;
	g_prefix_error(error, "%s: ", name);
	return false;
}
