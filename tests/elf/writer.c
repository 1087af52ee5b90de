/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writer.h"

#include <elf.h>
#include <string.h>

struct elf_writer *elf_writer_new(void)
{
	struct elf_writer *writer = g_new0(struct elf_writer, 1);
	const Elf64_Sym none = {0};

	writer->sections = g_ptr_array_new();
	writer->symbols = g_byte_array_new();
	writer->strings = g_byte_array_new();
	g_byte_array_append(writer->symbols, (const guint8 *) &none, sizeof(none));
	g_byte_array_append(writer->strings, (const guint8 *) "", 1);
	return writer;
}

unsigned elf_writer_section(struct elf_writer *writer, const char *name, const void *data, gsize size)
{
	struct elf_section *section = g_new0(struct elf_section, 1);

	section->name = name;
	section->type = SHT_PROGBITS;
	section->data = g_byte_array_new();
	g_byte_array_append(section->data, data, (guint) size);
	g_ptr_array_add(writer->sections, section);
	return writer->sections->len;
}

void elf_writer_symbol(struct elf_writer *writer, const char *name, unsigned section, guint64 value,
		       unsigned binding)
{
	const Elf64_Sym symbol = {.st_name = writer->strings->len,
				  .st_info = (unsigned char) ELF64_ST_INFO(binding, STT_NOTYPE),
				  .st_shndx = (Elf64_Half) section,
				  .st_value = value};

	g_byte_array_append(writer->strings, (const guint8 *) name, (guint) strlen(name) + 1);
	g_byte_array_append(writer->symbols, (const guint8 *) &symbol, sizeof(symbol));
}

static void add_table(struct elf_writer *writer, const char *name, unsigned type, GByteArray *data)
{
	struct elf_section *section = g_new0(struct elf_section, 1);

	section->name = name;
	section->type = type;
	section->data = data;
	g_ptr_array_add(writer->sections, section);
}

static void free_writer(struct elf_writer *writer)
{
	for (guint i = 0; i < writer->sections->len; i++) {
		struct elf_section *section = g_ptr_array_index(writer->sections, i);
		g_byte_array_unref(section->data);
		g_free(section);
	}
	g_ptr_array_unref(writer->sections);
	g_free(writer);
}

/* Lays out: header, section data, section headers; the tables of symbols and names come last. */
GBytes *elf_writer_finish(struct elf_writer *writer)
{
	GByteArray *names = g_byte_array_new();
	GByteArray *out = g_byte_array_new();

	add_table(writer, ".symtab", SHT_SYMTAB, writer->symbols);
	add_table(writer, ".strtab", SHT_STRTAB, writer->strings);
	add_table(writer, ".shstrtab", SHT_STRTAB, names);
	const guint count = writer->sections->len;
	Elf64_Shdr *headers = g_new0(Elf64_Shdr, count + 1);
	Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			     .e_type = ET_REL,
			     .e_machine = EM_X86_64,
			     .e_version = EV_CURRENT,
			     .e_ehsize = sizeof(header),
			     .e_shentsize = sizeof(Elf64_Shdr),
			     .e_shnum = (Elf64_Half) (count + 1),
			     .e_shstrndx = (Elf64_Half) count};
	g_byte_array_append(names, (const guint8 *) "", 1);
	for (guint i = 0; i < count; i++) {
		const struct elf_section *section = g_ptr_array_index(writer->sections, i);
		headers[i + 1].sh_name = names->len;
		g_byte_array_append(names, (const guint8 *) section->name, (guint) strlen(section->name) + 1);
	}
	g_byte_array_append(out, (const guint8 *) &header, sizeof(header));
	for (guint i = 0; i < count; i++) {
		const struct elf_section *section = g_ptr_array_index(writer->sections, i);
		headers[i + 1].sh_type = section->type;
		headers[i + 1].sh_offset = out->len;
		headers[i + 1].sh_size = section->data->len;
		headers[i + 1].sh_link = section->type == SHT_SYMTAB ? count - 1 : 0;
		g_byte_array_append(out, section->data->data, section->data->len);
	}
	header.e_shoff = out->len;
	memcpy(out->data, &header, sizeof(header));
	g_byte_array_append(out, (const guint8 *) headers, (guint) ((count + 1) * sizeof(Elf64_Shdr)));
	g_free(headers);
	free_writer(writer);
	return g_byte_array_free_to_bytes(out);
}

struct version {
	guint64 crc;
	char name[56];
};

static void add_versions(struct elf_writer *writer, gboolean extended)
{
	const struct version versions[] = {{0x11111111, "module_layout"}, {0x22222222, "kmalloc"}};
	const guint32 crcs[] = {0x11111111, 0x22222222};
	const char names[] = "module_layout\0kmalloc";

	if (!extended) {
		elf_writer_section(writer, "__versions", versions, sizeof(versions));
		return;
	}
	elf_writer_section(writer, "__version_ext_crcs", crcs, sizeof(crcs));
	elf_writer_section(writer, "__version_ext_names", names, sizeof(names));
}

GBytes *elf_writer_module(gboolean extended)
{
	static const char info[] =
		"license=GPL v2\0alias=pci:v00008086d00001D61sv*sd*bc*sc*i*\0depends=libsas,scsi_mod\0"
		"retpoline=Y\0intree=Y\0name=isci\0firmware=isci/isci_firmware.bin\0import_ns=CRYPTO\0"
		"vermagic=6.1.0-56-amd64 SMP preempt mod_unload modversions ";
	const guint32 crcs[] = {0xdeadbeef};
	const guint8 entries[24] = {0};
	struct elf_writer *writer = elf_writer_new();

	elf_writer_section(writer, ".modinfo", info, sizeof(info));
	add_versions(writer, extended);
	const unsigned table = elf_writer_section(writer, "__ksymtab", entries, sizeof(entries));
	const unsigned gpl = elf_writer_section(writer, "__ksymtab_gpl", entries, sizeof(entries));
	const unsigned values = elf_writer_section(writer, "__kcrctab_gpl", crcs, sizeof(crcs));
	const unsigned strings = elf_writer_section(writer, "__ksymtab_strings", "\0MYNS", 6);
	elf_writer_symbol(writer, "kmalloc", SHN_UNDEF, 0, STB_GLOBAL);
	elf_writer_symbol(writer, "perhaps", SHN_UNDEF, 0, STB_WEAK);
	elf_writer_symbol(writer, "__ksymtab_isci_old", table, 0, STB_LOCAL);
	elf_writer_symbol(writer, "__crc_isci_old", SHN_ABS, 0xcafe, STB_GLOBAL);
	elf_writer_symbol(writer, "__ksymtab_isci_new", gpl, 0, STB_LOCAL);
	elf_writer_symbol(writer, "__crc_isci_new", values, 0, STB_LOCAL);
	elf_writer_symbol(writer, "__kstrtabns_isci_new", strings, 1, STB_LOCAL);
	return elf_writer_finish(writer);
}
