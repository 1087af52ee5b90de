/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch's header, and the same bytes as a mailbox. */
#include "upstream/upstream.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_header(const char *text, size_t size)
{
	const char *diff = NULL;
	g_autoptr(ksig_header) header = ksig_upstream_header_read(text, size, "fuzz", &diff);

	g_assert_true(diff >= text && diff <= text + size);
	g_assert_nonnull(header->subject);
	g_assert_true(g_utf8_validate(header->message, -1, NULL));
	g_assert_true(g_utf8_validate(header->subject, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];

	read_header((const char *) data, size);
	if (!*path)
		g_snprintf(path, sizeof(path), "/tmp/ksig-fuzz-header.%ld", (long) getpid());
	if (!g_file_set_contents(path, (const char *) data, (gssize) size, NULL))
		return 0;
	g_autoptr(GPtrArray) patches = ksig_upstream_patch_files_of_mbox(path, NULL);
	for (unsigned i = 0; patches && i < patches->len; i++) {
		const struct ksig_patch_file *file = g_ptr_array_index(patches, i);
		gsize length;
		const char *text = g_bytes_get_data(file->text, &length);
		read_header(text, length);
	}
	unlink(path);
	return 0;
}
