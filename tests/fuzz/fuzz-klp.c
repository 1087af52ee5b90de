/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elf/elf.h"
#include "trust/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static(data, size);
	g_autoptr(ksig_klp) klp = ksig_elf_klp_read("fuzz", bytes, NULL);
	g_autoptr(GBytes) signature = NULL;
	gsize length = 0;

	g_strfreev(ksig_elf_compilers("fuzz", bytes, NULL));
	g_free(ksig_elf_kernel_image_build_id("fuzz", bytes, NULL));
	g_free(ksig_elf_notes_build_id(bytes));
	ksig_trust_module_split("fuzz", bytes, &length, &signature, NULL);
	if (klp) {
		g_autoptr(GPtrArray) lines = ksig_elf_klp_compare(klp, klp);
		g_assert_cmpuint(lines->len, ==, 0);
	}
	return 0;
}
