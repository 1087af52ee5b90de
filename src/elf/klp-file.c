/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libelf for live patches: sections, strings and relocations, each checked before it is used. Modules are
 * read by elf.c instead.
 */
#include "elf/klp-file-internal.h"
#include "elf/klp-internal.h"

#include <gelf.h>
#include <string.h>

static void find_symbols(struct klp_file *file)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(file->elf, section))) {
		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB || !header.sh_entsize)
			continue;
		file->symbols = klp_section_data(section);
		file->n_symbols = file->symbols ? file->symbols->d_size / header.sh_entsize : 0;
		file->symbol_names = header.sh_link;
		return;
	}
}

bool klp_file_open(struct klp_file *file, const char *what, GBytes *bytes, GError **error)
{
	size_t sections = 0;
	gsize length = 0;
	GElf_Ehdr header;

	*file = (struct klp_file){.what = what, .bytes = bytes};
	elf_version(EV_CURRENT);
	/* elf_memory() takes a char * but does not write: nothing here asks for that. */
	char *data = (char *) g_bytes_get_data(bytes, &length);
	if (length < sizeof(Elf64_Ehdr) || memcmp(data, ELFMAG, SELFMAG) != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not an ELF file", what);
	file->elf = elf_memory(data, length);
	if (!file->elf || elf_kind(file->elf) != ELF_K_ELF || !gelf_getehdr(file->elf, &header) ||
	    gelf_getclass(file->elf) != ELFCLASS64 || elf_getshdrnum(file->elf, &sections) != 0 ||
	    elf_getshdrstrndx(file->elf, &file->names) != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a 64-bit ELF file expected", what);
	if (sections > KLP_LIMIT_SECTIONS)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %zu sections, at most %d expected", what,
				      sections, KLP_LIMIT_SECTIONS);
	find_symbols(file);
	return true;
}

void klp_file_close(struct klp_file *file)
{
	if (file->elf)
		elf_end(file->elf);
	file->elf = NULL;
}

const char *klp_section_name(const struct klp_file *file, const GElf_Shdr *header)
{
	const char *name = elf_strptr(file->elf, file->names, header->sh_name);

	return name ? name : "";
}

Elf_Scn *klp_section_find(const struct klp_file *file, const char *name, GElf_Shdr *out_header)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(file->elf, section)))
		if (gelf_getshdr(section, out_header) &&
		    g_str_equal(klp_section_name(file, out_header), name))
			return section;
	return NULL;
}

Elf_Data *klp_section_data(Elf_Scn *section)
{
	GElf_Shdr header;

	if (!section || !gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
		return NULL;
	Elf_Data *data = elf_getdata(section, NULL);
	return data && data->d_buf && data->d_size ? data : NULL;
}

const char *klp_string_at(Elf_Scn *section, uint64_t offset)
{
	const Elf_Data *data = klp_section_data(section);

	if (!data || offset >= data->d_size)
		return NULL;
	const char *text = (const char *) data->d_buf + offset;
	const size_t left = MIN(data->d_size - offset, (size_t) KLP_LIMIT_NAME_BYTES);
	return memchr(text, '\0', left) ? text : NULL;
}

static void add_relocations(GHashTable *relocations, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = klp_section_data(section);
	const size_t count = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0;
	GElf_Rela rela;

	for (size_t i = 0; i < MIN(count, (size_t) KLP_LIMIT_ENTRIES); i++) {
		if (!gelf_getrela(data, (int) i, &rela))
			return;
		GElf_Rela *copy = g_memdup2(&rela, sizeof(rela));
		g_hash_table_replace(relocations, &copy->r_offset, copy);
	}
}

GHashTable *klp_relocations_of(const struct klp_file *file, size_t index)
{
	GHashTable *relocations = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(file->elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == SHT_RELA && header.sh_info == index)
			add_relocations(relocations, section, &header);
	return relocations;
}

bool klp_target_at(const struct klp_file *file, GHashTable *relocations, uint64_t offset,
		   Elf_Scn **out_section, uint64_t *out_offset, GElf_Sym *out_symbol)
{
	const GElf_Rela *rela = g_hash_table_lookup(relocations, &offset);

	if (!rela || !file->symbols || GELF_R_SYM(rela->r_info) >= file->n_symbols ||
	    !gelf_getsym(file->symbols, (int) GELF_R_SYM(rela->r_info), out_symbol))
		return false;
	*out_section = elf_getscn(file->elf, out_symbol->st_shndx);
	*out_offset = out_symbol->st_value + (uint64_t) rela->r_addend;
	return true;
}
