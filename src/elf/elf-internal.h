/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "elf/elf.h"

/* Hostile counts end here: the largest real module (amdgpu with debug data) has 90,000 symbols. */
enum {
	ELF_SECTIONS_MAX = 1 << 16,
	ELF_SYMBOLS_MAX = 1 << 23,
	MODULE_INFO_MAX = 1 << 17,
	SYMVERS_LINES_MAX = 1 << 20,
};

/* The name that errors call the file by. */
const char *ksig_elf_name(const ksig_elf *elf);

/* True for a relocatable file: the value of a symbol is an offset into its section. */
bool ksig_elf_is_relocatable(const ksig_elf *elf);
