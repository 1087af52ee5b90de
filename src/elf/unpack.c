/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decompression by libarchive up to a limit, a bzImage's payload by its setup header, and which integrity
 * check an .xz file has (the kernel takes only some).
 */
#include "elf/elf.h"

#include <archive.h>
#include <string.h>

enum { UNPACK_BLOCK_BYTES = 1 << 16, XZ_FLAGS = 6 };
/* As an import takes no file of more. */
static const size_t default_limit_bytes = (size_t) 256 << 20;

typedef struct archive archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(archive, archive_read_free)

static bool starts_with(GBytes *data, const char *magic, size_t length)
{
	gsize size = 0;
	const void *bytes = g_bytes_get_data(data, &size);

	return size >= length && memcmp(bytes, magic, length) == 0;
}

static bool is_compressed(GBytes *data)
{
	return starts_with(data, "\x1f\x8b", 2) ||
	       starts_with(data,
			   "\xfd"
			   "7zXZ",
			   5) ||
	       starts_with(data, "\x28\xb5\x2f\xfd", 4) || starts_with(data, "BZh", 3) ||
	       starts_with(data, "\x5d\x00\x00", 3) || starts_with(data, "\x04\x22\x4d\x18", 4);
}

static archive *open_stream(GBytes *data)
{
	gsize size = 0;
	const void *bytes = g_bytes_get_data(data, &size);
	struct archive_entry *entry;
	g_autoptr(archive) reader = archive_read_new();

	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_xz(reader);
	archive_read_support_filter_lzma(reader);
	archive_read_support_filter_bzip2(reader);
	archive_read_support_filter_zstd(reader);
	archive_read_support_filter_lz4(reader);
	archive_read_support_format_raw(reader);
	if (archive_read_open_memory(reader, bytes, size) != ARCHIVE_OK ||
	    archive_read_next_header(reader, &entry) != ARCHIVE_OK)
		return NULL;
	return g_steal_pointer(&reader);
}

GBytes *ksig_elf_unpack(const char *name, GBytes *data, size_t limit_bytes, GError **error)
{
	const size_t limit = limit_bytes > 0 ? limit_bytes : default_limit_bytes;
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autofree uint8_t *block = NULL;
	la_ssize_t got;

	if (!is_compressed(data))
		return g_bytes_ref(data);
	g_autoptr(archive) reader = open_stream(data);
	if (!reader) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: compressed, but not readable", name);
		return NULL;
	}
	block = g_malloc(UNPACK_BLOCK_BYTES);
	while ((got = archive_read_data(reader, block, UNPACK_BLOCK_BYTES)) > 0) {
		if ((size_t) got > limit - out->len) {
			ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %zu bytes when decompressed",
				       name, limit);
			return NULL;
		}
		g_byte_array_append(out, block, (guint) got);
	}
	if (got < 0) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: damaged compression after %u bytes: %s", name,
			       out->len, archive_error_string(reader));
		return NULL;
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

/* The stream's flags stand behind its magic (the .xz file format, 2.1.1.2). */
const char *ksig_elf_xz_check(GBytes *data)
{
	gsize size = 0;
	const uint8_t *bytes = g_bytes_get_data(data, &size);

	if (size < XZ_FLAGS + 2 || memcmp(bytes,
					  "\xfd"
					  "7zXZ",
					  6) != 0)
		return NULL;
	switch (bytes[XZ_FLAGS + 1]) {
	case 0x00:
		return "none";
	case 0x01:
		return "CRC32";
	case 0x04:
		return "CRC64";
	case 0x0a:
		return "SHA-256";
	default:
		return "unknown";
	}
}

GBytes *ksig_elf_unpack_file(const char *path, size_t limit_bytes, GError **error)
{
	gsize length = 0;
	char *content = ksig_file_read(path, limit_bytes > 0 ? limit_bytes : default_limit_bytes, &length,
				       error);

	if (!content)
		return NULL;
	g_autoptr(GBytes) data = g_bytes_new_take(content, length);
	return ksig_elf_unpack(path, data, limit_bytes, error);
}

static uint32_t little32(const uint8_t *bytes)
{
	return (uint32_t) bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16 |
	       (uint32_t) bytes[3] << 24;
}

/* Offsets of the setup header that boot.rst fixes. The payload's last four bytes are its unpacked length. */
enum {
	SETUP_SECTORS = 0x1f1,
	SETUP_MAGIC = 0x202,
	SETUP_PAYLOAD_OFFSET = 0x248,
	SETUP_PAYLOAD_LENGTH = 0x24c,
	SETUP_END = 0x250,
	SECTOR_BYTES = 512,
	PAYLOAD_TRAILER_BYTES = 4,
};

GBytes *ksig_elf_kernel_image_unpack(const char *name, GBytes *image, GError **error)
{
	gsize size = 0;
	const uint8_t *bytes = g_bytes_get_data(image, &size);

	if (starts_with(image, "\177ELF", 4))
		return g_bytes_ref(image);
	if (size < SETUP_END || memcmp(bytes + SETUP_MAGIC, "HdrS", 4) != 0) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: neither ELF nor a bzImage", name);
		return NULL;
	}
	const uint64_t sectors = bytes[SETUP_SECTORS] ? bytes[SETUP_SECTORS] : 4;
	const uint64_t offset = (sectors + 1) * SECTOR_BYTES + little32(bytes + SETUP_PAYLOAD_OFFSET);
	const uint64_t length = little32(bytes + SETUP_PAYLOAD_LENGTH);
	if (length <= PAYLOAD_TRAILER_BYTES || offset > size || length > size - offset) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: payload of %" G_GUINT64_FORMAT " bytes at %" G_GUINT64_FORMAT
			       " lies outside of the file",
			       name, length, offset);
		return NULL;
	}
	g_autoptr(GBytes) payload = g_bytes_new_from_bytes(image, offset, length - PAYLOAD_TRAILER_BYTES);
	return ksig_elf_unpack(name, payload, 0, error);
}
