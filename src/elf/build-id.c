/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GNU build ids: of an ELF file, of notes as sysfs has them, of a compressed x86 kernel image (which is
 * unpacked for it).
 */
#include "elf/klp-file-internal.h"
#include "elf/klp-internal.h"

#include <archive.h>
#include <gelf.h>
#include <string.h>

static char *hex(const unsigned char *bytes, size_t length_bytes)
{
	GString *text = g_string_sized_new(length_bytes * 2);

	for (size_t i = 0; i < length_bytes; i++)
		g_string_append_printf(text, "%02x", bytes[i]);
	return g_string_free(text, FALSE);
}

/* Notes are three words (name size, content size, type), the name, the content, each padded to 4 bytes. */
static char *find_note(const unsigned char *data, size_t length)
{
	while (length >= 12) {
		uint32_t words[3];
		memcpy(words, data, sizeof(words));
		const uint64_t name = ((uint64_t) words[0] + 3) & ~(uint64_t) 3;
		const uint64_t content = ((uint64_t) words[1] + 3) & ~(uint64_t) 3;
		if (name + content > length - 12)
			return NULL;
		if (words[2] == NT_GNU_BUILD_ID && words[0] == 4 && memcmp(data + 12, "GNU", 4) == 0 &&
		    words[1] > 0 && words[1] <= 64)
			return hex(data + 12 + name, words[1]);
		data += 12 + name + content;
		length -= 12 + name + content;
	}
	return NULL;
}

char *ksig_elf_notes_build_id(GBytes *notes)
{
	gsize length = 0;
	const unsigned char *data = g_bytes_get_data(notes, &length);

	return data ? find_note(data, length) : NULL;
}

char *ksig_elf_build_id(const char *what, GBytes *file, GError **error)
{
	g_auto(klp_file) opened = {0};
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	if (!klp_file_open(&opened, what, file, error))
		return NULL;
	while ((section = elf_nextscn(opened.elf, section))) {
		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_NOTE)
			continue;
		const Elf_Data *data = elf_rawdata(section, NULL);
		char *id = data && data->d_buf ? find_note(data->d_buf, data->d_size) : NULL;
		if (id)
			return id;
	}
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no build id", what);
	return NULL;
}

static void archive_free_quietly(struct archive **archive)
{
	archive_read_free(*archive);
}
typedef struct archive *klp_archive;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(klp_archive, archive_free_quietly)

/* A compressed kernel: gzip, bzip2, xz, lzma, lz4 or zstd, told by its first bytes. */
static GBytes *decompress(const char *what, const unsigned char *data, size_t length, GError **error)
{
	g_auto(klp_archive) archive = archive_read_new();
	g_autoptr(GByteArray) out = g_byte_array_new();
	struct archive_entry *entry = NULL;
	unsigned char block[65536];
	la_ssize_t got = 0;

	archive_read_support_filter_all(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_memory(archive, data, length) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: payload: %s", what,
			       archive_error_string(archive));
		return NULL;
	}
	while (out->len < KLP_LIMIT_IMAGE_BYTES &&
	       (got = archive_read_data(archive, block, sizeof(block))) > 0)
		g_byte_array_append(out, block, (guint) got);
	/* Some compressors leave what the decompressor takes for a broken end, after all of the kernel came.
	 */
	if (!out->len) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: payload: nothing decompressed", what);
		return NULL;
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

static uint32_t word_at(const unsigned char *data, size_t offset)
{
	uint32_t value = 0;

	memcpy(&value, data + offset, sizeof(value));
	return GUINT32_FROM_LE(value);
}

char *ksig_elf_kernel_image_build_id(const char *what, GBytes *image, GError **error)
{
	enum { SETUP_SECTORS = 0x1f1, MAGIC = 0x202, PROTOCOL = 0x206, OFFSET = 0x248, LENGTH = 0x24c };
	gsize length = 0;
	const unsigned char *data = g_bytes_get_data(image, &length);

	if (length >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0)
		return ksig_elf_build_id(what, image, error);
	if (length < 0x250 || memcmp(data + MAGIC, "HdrS", 4) != 0 ||
	    (data[PROTOCOL] | data[PROTOCOL + 1] << 8) < 0x208) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: not a kernel image of boot protocol 2.08 or later", what);
		return NULL;
	}
	const size_t sectors = data[SETUP_SECTORS] ? data[SETUP_SECTORS] : 4;
	const uint64_t start = (sectors + 1) * 512 + (uint64_t) word_at(data, OFFSET);
	const uint64_t size = word_at(data, LENGTH);
	if (start > length || size > length - start) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: payload of %u bytes said, file ends before",
			       what, (unsigned) size);
		return NULL;
	}
	g_autoptr(GBytes) kernel = decompress(what, data + start, size, error);
	return kernel ? ksig_elf_build_id(what, kernel, error) : NULL;
}
