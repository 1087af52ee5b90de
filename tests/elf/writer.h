/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes small ELF modules for tests: sections and symbols in, a file out. */
#pragma once

#include <glib.h>

struct elf_writer {
	GPtrArray *sections; /* of struct elf_section */
	GByteArray *symbols, *strings;
};

struct elf_section {
	const char *name;
	unsigned type;
	GByteArray *data;
};

struct elf_writer *elf_writer_new(void);

/* Adds a section and gives its index. */
unsigned elf_writer_section(struct elf_writer *writer, const char *name, const void *data, gsize size);
void elf_writer_symbol(struct elf_writer *writer, const char *name, unsigned section, guint64 value,
		       unsigned binding);

/* Frees WRITER. */
GBytes *elf_writer_finish(struct elf_writer *writer);

/*
 * A module that wants two symbols (module_layout's version on record, a weak one as well), exports one of
 * each way to store a CRC, and says what modinfo says. EXTENDED: versions of any length instead of
 * __versions.
 */
GBytes *elf_writer_module(gboolean extended);
