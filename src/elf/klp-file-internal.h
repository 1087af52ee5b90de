/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libelf for live patches. */
#pragma once

#include "elf/klp-internal.h"
#include "elf/elf.h"

#include <gelf.h>

bool klp_file_open(struct klp_file *file, const char *what, GBytes *bytes, GError **error);
void klp_file_close(struct klp_file *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(klp_file, klp_file_close)

/* The section's name; "" if it has none. */
const char *klp_section_name(const struct klp_file *file, const GElf_Shdr *header);

/* The section NAME; NULL if there is none, or it holds nothing. */
Elf_Scn *klp_section_find(const struct klp_file *file, const char *name, GElf_Shdr *out_header);

/* Its bytes, NULL if there are none in the file. */
Elf_Data *klp_section_data(Elf_Scn *section);

/* The NUL-ended string at OFFSET of the section; NULL if there is none. */
const char *klp_string_at(Elf_Scn *section, uint64_t offset);

/* What the relocation at OFFSET of section INDEX points at: a section, and a place in it. */
bool klp_target_at(const struct klp_file *file, GHashTable *relocations, uint64_t offset,
		   Elf_Scn **out_section, uint64_t *out_offset, GElf_Sym *out_symbol);

/* Relocations of the section INDEX, by offset; never NULL. */
GHashTable *klp_relocations_of(const struct klp_file *file, size_t index);
