/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Payloads that have no more than numbers of files, whose names and sizes are the header's: those of rpm 6,
 * and earlier ones with a file of more than 4 GiB. libarchive does not know them; librpm reads them here, and
 * libarchive gets them as a cpio archive of the old form, which ends at files of 8 GiB.
 */
#include "rpm/package-header-internal.h"
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <rpm/rpmarchive.h>
#include <rpm/rpmfi.h>
#include <rpm/rpmfiles.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmts.h>
#include <sys/stat.h>

enum { BLOCK_BYTES = 1 << 18 };

struct converter {
	FD_t packed; /* the payload, decompressed */
	rpmfiles files;
	rpmfi at;
	struct archive *cpio;
	GByteArray *written; /* of the archive, not taken yet */
	rpm_loff_t left_bytes;
	bool ended;
	uint8_t block[BLOCK_BYTES];
};

static void converter_free(struct converter *converter)
{
	rpmfiFree(converter->at);
	rpmfilesFree(converter->files);
	archive_write_free(converter->cpio);
	if (converter->packed)
		Fclose(converter->packed);
	g_byte_array_unref(converter->written);
	g_free(converter);
}

/* ---- writing cpio ---------------------------------------------------------------------- */

static la_ssize_t keep_written(struct archive *cpio, void *data, const void *bytes, size_t length_bytes)
{
	struct converter *converter = data;

	(void) cpio;
	g_byte_array_append(converter->written, bytes, (guint) length_bytes);
	return (la_ssize_t) length_bytes;
}

/* As libarchive has the names of packages' files. */
static char *name_of(const char *name)
{
	return g_strconcat(*name == '/' ? "." : "", name, NULL);
}

/* Names of one file have one number, by which libarchive knows them; the first one that comes has the
 * content.
 */
static void note_links(struct converter *converter, struct archive_entry *entry)
{
	const int *numbers = NULL;
	const uint32_t names = rpmfiFLinks(converter->at, &numbers);

	if (names < 2 || !numbers)
		return;
	archive_entry_set_nlink(entry, names);
	archive_entry_set_ino(entry, numbers[0] + 1);
	if (!rpmfiArchiveHasContent(converter->at))
		converter->left_bytes = 0;
}

static bool write_header(struct converter *converter)
{
	const rpm_mode_t mode = rpmfiFMode(converter->at);
	g_autofree char *name = name_of(rpmfiFN(converter->at));
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, name);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_mtime(entry, rpmfiFMtime(converter->at), 0);
	converter->left_bytes = S_ISREG(mode) ? rpmfiFSize(converter->at) : 0;
	if (S_ISREG(mode))
		note_links(converter, entry);
	archive_entry_set_size(entry, (la_int64_t) converter->left_bytes);
	if (S_ISLNK(mode))
		archive_entry_set_symlink(entry, rpmfiFLink(converter->at));
	const int code = archive_write_header(converter->cpio, entry);
	archive_entry_free(entry);
	return code >= ARCHIVE_WARN;
}

/* ---- reading rpm's -------------------------------------------------------------------------------- */

static bool next_file(struct converter *converter, struct archive *reader)
{
	const int got = rpmfiNext(converter->at);

	if (got == RPMERR_ITER_END) {
		converter->ended = true;
		return archive_write_close(converter->cpio) == ARCHIVE_OK;
	}
	if (got < 0) {
		char *reason = rpmfileStrerror(got);
		archive_set_error(reader, EINVAL, "payload: %s", reason);
		free(reason);
		return false;
	}
	if (write_header(converter))
		return true;
	archive_set_error(reader, EINVAL, "payload: %s", archive_error_string(converter->cpio));
	return false;
}

static bool next_block(struct converter *converter, struct archive *reader)
{
	const size_t wanted = MIN(converter->left_bytes, BLOCK_BYTES);
	const ssize_t got = rpmfiArchiveRead(converter->at, converter->block, wanted);

	if (got <= 0 || (size_t) got > wanted) {
		archive_set_error(reader, EINVAL, "payload: truncated in %s", rpmfiFN(converter->at));
		return false;
	}
	converter->left_bytes -= (rpm_loff_t) got;
	return archive_write_data(converter->cpio, converter->block, (size_t) got) == got;
}

static la_ssize_t read_written(struct archive *reader, void *data, const void **out_bytes)
{
	struct converter *converter = data;

	g_byte_array_set_size(converter->written, 0);
	while (!converter->written->len && !converter->ended)
		if (!(converter->left_bytes ? next_block : next_file)(converter, reader))
			return ARCHIVE_FATAL;
	*out_bytes = converter->written->data;
	return converter->written->len;
}

static int close_converter(struct archive *reader, void *data)
{
	(void) reader;
	converter_free(data);
	return ARCHIVE_OK;
}

/* ---- opening -------------------------------------------------------------------------------------- */

/* FD stands behind HEADER, where the payload begins. */
static FD_t open_packed(FD_t fd, Header header)
{
	static const char *const known[] = {"gzip", "bzip2", "xz", "lzma", "zstd", NULL};
	const char *said = headerGetString(header, RPMTAG_PAYLOADCOMPRESSOR);
	const char *packer = said ? said : known[0];

	/* It becomes part of rpmio's mode, which takes more than compressions. */
	if (!g_strv_contains(known, packer))
		return NULL;
	g_autofree char *mode = g_strconcat("r.", packer, NULL);
	return Fdopen(fdDup(Fileno(fd)), mode);
}

/* librpm takes memory for a link's text by the size that the header says, and ends the process if there is
 * not as much. */
static bool links_are_short(rpmfiles files)
{
	for (rpm_count_t i = 0; i < rpmfilesFC(files); i++)
		if (S_ISLNK(rpmfilesFMode(files, (int) i)) && rpmfilesFSize(files, (int) i) > PATH_MAX)
			return false;
	return true;
}

static bool convert(struct archive *reader, FD_t fd, Header header)
{
	struct converter *converter = g_new0(struct converter, 1);

	converter->written = g_byte_array_new();
	converter->cpio = archive_write_new();
	converter->packed = open_packed(fd, header);
	converter->files = rpmfilesNew(NULL, header, 0, RPMFI_KEEPHEADER);
	if (converter->packed && links_are_short(converter->files))
		converter->at = rpmfiNewArchiveReader(converter->packed, converter->files,
						      RPMFI_ITER_READ_ARCHIVE_CONTENT_FIRST);
	archive_write_set_format_cpio(converter->cpio);
	archive_write_set_bytes_per_block(converter->cpio, 0);
	if (!converter->at ||
	    archive_write_open(converter->cpio, converter, NULL, keep_written, NULL) != ARCHIVE_OK) {
		archive_set_error(reader, EINVAL, "no payload that can be read");
		converter_free(converter);
		return false;
	}
	archive_read_support_format_cpio(reader);
	/* From here on, READER's end is CONVERTER's, also if this fails. */
	return archive_read_open(reader, converter, NULL, read_written, close_converter) == ARCHIVE_OK;
}

static Header header_of(FD_t fd, const char *path)
{
	rpmts ts = rpmtsCreate();
	Header header = NULL;

	rpmtsSetVSFlags(ts, RPMVSF_MASK_NOSIGNATURES | RPMVSF_MASK_NODIGESTS);
	const rpmRC got = rpmReadPackageFile(ts, fd, path, &header);
	rpmtsFree(ts);
	return got == RPMRC_NOTFOUND || got == RPMRC_FAIL ? headerFree(header) : header;
}

static bool open_held(struct archive *reader, const char *path)
{
	g_autoptr(ksig_held) held = ksig_file_hold(path, NULL);

	return held && archive_read_open_filename(reader, held->name, BLOCK_BYTES) == ARCHIVE_OK;
}

bool ksig_rpm_archive_open(struct archive *reader, const char *path)
{
	g_autoptr(GError) reason = NULL;

	ksig_rpm_library_init();
	FD_t fd = rpm_package_open(path, &reason);
	if (!fd) {
		archive_set_error(reader, EINVAL, "%s", reason->message);
		return false;
	}
	Header header = header_of(fd, path);
	/* librpm writes sizes of 64 bits where it does not write names, and nowhere else. */
	const bool is_rpms = header && headerIsEntry(header, RPMTAG_LONGFILESIZES);
	const bool good = is_rpms ? convert(reader, fd, header) : open_held(reader, path);

	headerFree(header);
	Fclose(fd);
	return good;
}
