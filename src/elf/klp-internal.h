/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "elf/elf.h"

#include <gelf.h>

enum {
	KLP_LIMIT_SECTIONS = 100000,
	KLP_LIMIT_ENTRIES = 1000000,
	KLP_LIMIT_NAME_BYTES = 512,
	KLP_LIMIT_COMPILERS = 100,
	KLP_LIMIT_IMAGE_BYTES = 1 << 30,
};

/* One ELF file with what is asked of it again and again. */
struct klp_file {
	const char *what;
	GBytes *bytes;
	Elf *elf;
	size_t names; /* section of section names */
	Elf_Data *symbols;
	size_t n_symbols, symbol_names;
};

typedef struct klp_file klp_file;
