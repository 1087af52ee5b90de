/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame of an ELF file: header, section headers, the symbol table. Formats as elf(5) and <elf.h> have
 * them. */
#include "elf/elf-internal.h"

#include <elf.h>
#include <gelf.h>
#include <string.h>

struct ksig_elf {
	char *name;
	GBytes *data;
	const uint8_t *bytes;
	size_t size;
	bool big_endian;
	uint16_t type, machine;
	struct ksig_elf_section *sections;
	size_t n_sections;
	const struct ksig_elf_section *symbols, *strings;
};

/* The caller has checked that WIDTH bytes are there. */
static uint64_t number(const ksig_elf *elf, const uint8_t *bytes, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value = value << 8 | bytes[elf->big_endian ? i : width - 1 - i];
	return value;
}
#define FIELD(elf, base, type, field) number(elf, (base) + offsetof(type, field), sizeof(((type *) 0)->field))

static bool damaged(const ksig_elf *elf, GError **error, const char *what)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", elf->name, what);
}

static bool check_header(ksig_elf *elf, GError **error)
{
	if (elf->size < sizeof(Elf64_Ehdr) || memcmp(elf->bytes, ELFMAG, SELFMAG) != 0)
		return damaged(elf, error, "not an ELF file");
	if (elf->bytes[EI_CLASS] != ELFCLASS64)
		return damaged(elf, error, "not an ELF file of 64 bits");
	if (elf->bytes[EI_DATA] != ELFDATA2LSB && elf->bytes[EI_DATA] != ELFDATA2MSB)
		return damaged(elf, error, "ELF of no known byte order");
	elf->big_endian = elf->bytes[EI_DATA] == ELFDATA2MSB;
	elf->type = (uint16_t) FIELD(elf, elf->bytes, Elf64_Ehdr, e_type);
	elf->machine = (uint16_t) FIELD(elf, elf->bytes, Elf64_Ehdr, e_machine);
	if (FIELD(elf, elf->bytes, Elf64_Ehdr, e_shentsize) != sizeof(Elf64_Shdr))
		return damaged(elf, error, "section headers of a wrong size");
	return true;
}

/* The section header INDEX as it stands; its name is resolved later. */
static bool read_section(ksig_elf *elf, const uint8_t *header, struct ksig_elf_section *out, GError **error)
{
	const uint64_t offset = FIELD(elf, header, Elf64_Shdr, sh_offset);
	const uint64_t size = FIELD(elf, header, Elf64_Shdr, sh_size);

	out->type = (uint32_t) FIELD(elf, header, Elf64_Shdr, sh_type);
	out->link = (uint32_t) FIELD(elf, header, Elf64_Shdr, sh_link);
	out->info = (uint32_t) FIELD(elf, header, Elf64_Shdr, sh_info);
	out->flags = FIELD(elf, header, Elf64_Shdr, sh_flags);
	out->address = FIELD(elf, header, Elf64_Shdr, sh_addr);
	if (out->type == SHT_NOBITS || out->type == SHT_NULL)
		return true;
	if (offset > elf->size || size > elf->size - offset)
		return damaged(elf, error, "a section lies outside of the file");
	out->data = elf->bytes + offset;
	out->size_bytes = size;
	return true;
}

static bool name_sections(ksig_elf *elf, size_t names, GError **error)
{
	const struct ksig_elf_section *strings = ksig_elf_section(elf, names);
	const uint64_t offset = FIELD(elf, elf->bytes, Elf64_Ehdr, e_shoff);

	if (!strings || strings->type != SHT_STRTAB)
		return damaged(elf, error, "no table of section names");
	for (size_t i = 0; i < elf->n_sections; i++) {
		const uint8_t *header = elf->bytes + offset + i * sizeof(Elf64_Shdr);
		elf->sections[i].name = ksig_elf_string(strings, FIELD(elf, header, Elf64_Shdr, sh_name));
		if (!elf->sections[i].name)
			return damaged(elf, error, "a section's name lies outside of its table");
	}
	return true;
}

static bool read_sections(ksig_elf *elf, GError **error)
{
	const uint64_t offset = FIELD(elf, elf->bytes, Elf64_Ehdr, e_shoff);
	uint64_t count = FIELD(elf, elf->bytes, Elf64_Ehdr, e_shnum);
	uint64_t names = FIELD(elf, elf->bytes, Elf64_Ehdr, e_shstrndx);

	if (offset == 0 || offset > elf->size || elf->size - offset < sizeof(Elf64_Shdr))
		return damaged(elf, error, "no section headers");
	if (count == 0)
		count = FIELD(elf, elf->bytes + offset, Elf64_Shdr, sh_size);
	if (names == SHN_XINDEX)
		names = FIELD(elf, elf->bytes + offset, Elf64_Shdr, sh_link);
	if (count > ELF_SECTIONS_MAX || count * sizeof(Elf64_Shdr) > elf->size - offset)
		return damaged(elf, error, "more section headers than the file holds");
	elf->sections = g_new0(struct ksig_elf_section, count);
	elf->n_sections = count;
	for (size_t i = 0; i < count; i++)
		if (!read_section(elf, elf->bytes + offset + i * sizeof(Elf64_Shdr), &elf->sections[i],
				  error))
			return false;
	return name_sections(elf, names, error);
}

static bool find_symbols(ksig_elf *elf, GError **error)
{
	for (size_t i = 0; i < elf->n_sections; i++) {
		if (elf->sections[i].type != SHT_SYMTAB)
			continue;
		elf->symbols = &elf->sections[i];
		elf->strings = ksig_elf_section(elf, elf->symbols->link);
		if (!elf->strings || elf->strings->type != SHT_STRTAB)
			return damaged(elf, error, "the symbol table has no strings");
		if (elf->symbols->size_bytes / sizeof(Elf64_Sym) > ELF_SYMBOLS_MAX)
			return damaged(elf, error, "too many symbols");
		return true;
	}
	return true;
}

ksig_elf *ksig_elf_new(const char *name, GBytes *data, GError **error)
{
	g_autoptr(ksig_elf) elf = g_new0(ksig_elf, 1);
	gsize size = 0;

	elf->name = g_strdup(name);
	elf->data = g_bytes_ref(data);
	elf->bytes = g_bytes_get_data(data, &size);
	elf->size = size;
	if (!check_header(elf, error) || !read_sections(elf, error) || !find_symbols(elf, error))
		return NULL;
	return g_steal_pointer(&elf);
}

void ksig_elf_free(ksig_elf *elf)
{
	if (!elf)
		return;
	g_free(elf->name);
	g_free(elf->sections);
	g_bytes_unref(elf->data);
	g_free(elf);
}

const char *ksig_elf_name(const ksig_elf *elf)
{
	return elf->name;
}

bool ksig_elf_is_relocatable(const ksig_elf *elf)
{
	return elf->type == ET_REL;
}

const char *ksig_elf_architecture(const ksig_elf *elf)
{
	switch (elf->machine) {
	case EM_X86_64:
		return "x86_64";
	case EM_AARCH64:
		return "aarch64";
	case EM_PPC64:
		return elf->big_endian ? "ppc64" : "ppc64le";
	case EM_S390:
		return "s390x";
	case EM_RISCV:
		return "riscv64";
	default:
		return "unknown";
	}
}

const struct ksig_elf_section *ksig_elf_section(const ksig_elf *elf, size_t index)
{
	return index < elf->n_sections ? &elf->sections[index] : NULL;
}

const struct ksig_elf_section *ksig_elf_find(const ksig_elf *elf, const char *name)
{
	for (size_t i = 0; i < elf->n_sections; i++)
		if (elf->sections[i].data && g_str_equal(elf->sections[i].name, name))
			return &elf->sections[i];
	return NULL;
}

size_t ksig_elf_symbol_count(const ksig_elf *elf)
{
	return elf->symbols ? elf->symbols->size_bytes / sizeof(Elf64_Sym) : 0;
}

bool ksig_elf_symbol(const ksig_elf *elf, size_t index, struct ksig_elf_symbol *out_symbol)
{
	if (index >= ksig_elf_symbol_count(elf))
		return false;
	const uint8_t *entry = elf->symbols->data + index * sizeof(Elf64_Sym);
	const char *name = ksig_elf_string(elf->strings, FIELD(elf, entry, Elf64_Sym, st_name));
	if (!name)
		return false;
	const uint8_t info = (uint8_t) FIELD(elf, entry, Elf64_Sym, st_info);
	*out_symbol = (struct ksig_elf_symbol){.name = name,
					       .value = FIELD(elf, entry, Elf64_Sym, st_value),
					       .section = (uint16_t) FIELD(elf, entry, Elf64_Sym, st_shndx),
					       .binding = ELF64_ST_BIND(info),
					       .type = ELF64_ST_TYPE(info)};
	return true;
}

bool ksig_elf_number(const ksig_elf *elf, const struct ksig_elf_section *section, uint64_t offset,
		     unsigned width, uint64_t *out_number)
{
	if (!section || !section->data || offset > section->size_bytes ||
	    width > section->size_bytes - offset)
		return false;
	*out_number = number(elf, section->data + offset, width);
	return true;
}

const char *ksig_elf_string(const struct ksig_elf_section *section, uint64_t offset)
{
	if (!section || !section->data || offset >= section->size_bytes ||
	    !memchr(section->data + offset, '\0', section->size_bytes - offset))
		return NULL;
	return (const char *) section->data + offset;
}
