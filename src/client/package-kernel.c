/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The build id of the kernel image in a package. */
#include "client/package-kernel-internal.h"
#include "elf/elf.h"
#include "rpm/rpm.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

enum { LIMIT_IMAGE_BYTES = 256 << 20 };

static inline void reader_free(struct archive **archive)
{
	archive_read_free(*archive);
}
typedef struct archive *client_archive;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(client_archive, reader_free)

static GBytes *read_entry(const char *package, struct archive *archive, GError **error)
{
	g_autoptr(GByteArray) data = g_byte_array_new();
	unsigned char block[65536];
	la_ssize_t got;

	while ((got = archive_read_data(archive, block, sizeof(block))) > 0) {
		g_byte_array_append(data, block, (guint) got);
		if (data->len > LIMIT_IMAGE_BYTES)
			break;
	}
	if (got != 0) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: kernel image: damaged, or too long", package);
		return NULL;
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&data));
}

char *client_package_build_id(const char *package, GError **error)
{
	g_auto(client_archive) archive = archive_read_new();
	struct archive_entry *entry = NULL;
	bool good = true;

	archive_read_support_filter_all(archive);
	archive_read_support_format_all(archive);
	if (!ksig_rpm_archive_open(archive, package)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", package, archive_error_string(archive));
		return NULL;
	}
	while ((good = ksig_rpm_payload_next(archive, package, &entry, error)) && entry) {
		const char *name = archive_entry_pathname(entry);
		g_autofree char *base = g_path_get_basename(name ? name : "");
		if (!g_str_has_prefix(base, "vmlinuz") || archive_entry_filetype(entry) != AE_IFREG)
			continue;
		g_autoptr(GBytes) image = read_entry(package, archive, error);
		return image ? ksig_elf_kernel_image_build_id(package, image, error) : NULL;
	}
	if (good)
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no kernel image (vmlinuz) in it", package);
	return NULL;
}
