/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module, a kernel's symbol list, or types: whatever the bytes are taken for, the answer is a result or an
 * error. With libFuzzer: clang -fsanitize=fuzzer,address,undefined; without: tests/fuzz/replay.c.
 */
#include "elf/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GBytes) bytes = g_bytes_new(data, size);
	g_autoptr(GBytes) unpacked = ksig_elf_unpack("input", bytes, 1 << 24, NULL);
	g_autoptr(ksig_module) module = unpacked ? ksig_elf_module_parse("input", unpacked, NULL) : NULL;
	G_GNUC_UNUSED g_autoptr(GBytes) image = ksig_elf_kernel_image_unpack("input", bytes, NULL);
	G_GNUC_UNUSED g_autoptr(GPtrArray)
		symbols = ksig_elf_symvers_parse("input", (const char *) data, size, NULL);
	G_GNUC_UNUSED g_autoptr(GPtrArray)
		stable = ksig_elf_kabi_parse("input", (const char *) data, size, NULL);
	g_autoptr(ksig_types)
		types = ksig_elf_types_new("input", module && module->btf ? module->btf : bytes, NULL, NULL);

	if (types) {
		g_autoptr(ksig_type_difference) difference = ksig_elf_type_difference_new(types, types);
		G_GNUC_UNUSED g_autoptr(ksig_symbol_reason)
			reason = ksig_elf_type_difference_explain(difference, "use");
	}
	return 0;
}
