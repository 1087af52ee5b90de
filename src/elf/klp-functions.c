/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions a live patch replaces, in its three forms: kpatch's .kpatch.funcs, klp-build's
 * .init.klp_objects, plain struct klp_func in .data; and its callbacks.
 */
#include "elf/klp-functions-internal.h"
#include "elf/klp-file-internal.h"
#include "elf/klp-internal.h"

#include <gelf.h>
#include <string.h>

/* kpatch's struct kpatch_patch_func: new_addr, new_size, old_addr, old_size, sympos, name, objname. */
enum { KPATCH_BYTES = 56, KPATCH_SIZE = 8, KPATCH_SYMPOS = 32, KPATCH_NAME = 40, KPATCH_OBJECT = 48 };
/* klp-build's struct klp_func_ext: old_name, new_func, sympos; struct klp_object_ext: name, funcs, callbacks
 * (4 pointers and a bool), nr_funcs. */
enum { EXT_FUNC_BYTES = 24, EXT_OBJECT_BYTES = 64, EXT_OBJECT_CALLBACKS = 16, EXT_OBJECT_COUNT = 56 };

static void add_function(ksig_klp *klp, const char *object, const char *name, uint64_t sympos,
			 uint64_t size_bytes)
{
	struct ksig_klp_function *function = g_new0(struct ksig_klp_function, 1);

	function->object = ksig_utf8(object, -1);
	function->name = ksig_utf8(name, -1);
	function->sympos = sympos;
	function->size_bytes = size_bytes;
	g_ptr_array_add(klp->functions, function);
}

static uint64_t number_at(const Elf_Data *data, uint64_t offset)
{
	uint64_t value = 0;

	if (offset + 8 <= data->d_size)
		memcpy(&value, (const char *) data->d_buf + offset, 8);
	return GUINT64_FROM_LE(value);
}

static const char *string_target(const struct klp_file *file, GHashTable *relocations, uint64_t offset)
{
	Elf_Scn *section = NULL;
	uint64_t place = 0;
	GElf_Sym symbol;

	if (!klp_target_at(file, relocations, offset, &section, &place, &symbol))
		return NULL;
	return klp_string_at(section, place);
}

static bool read_kpatch(const struct klp_file *file, ksig_klp *klp)
{
	GElf_Shdr header;
	Elf_Scn *section = klp_section_find(file, ".kpatch.funcs", &header);
	const Elf_Data *data = klp_section_data(section);

	if (!data)
		return false;
	g_autoptr(GHashTable) relocations = klp_relocations_of(file, elf_ndxscn(section));
	for (uint64_t at = 0; at + KPATCH_BYTES <= data->d_size; at += KPATCH_BYTES) {
		const char *name = string_target(file, relocations, at + KPATCH_NAME);
		const char *object = string_target(file, relocations, at + KPATCH_OBJECT);
		if (name)
			add_function(klp, object ? object : "vmlinux", name,
				     number_at(data, at + KPATCH_SYMPOS), number_at(data, at + KPATCH_SIZE));
	}
	return true;
}

static void read_ext_callbacks(ksig_klp *klp, GHashTable *relocations, const char *object, uint64_t at)
{
	static const char *const names[] = {"pre_patch", "post_patch", "pre_unpatch", "post_unpatch"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		const uint64_t offset = at + EXT_OBJECT_CALLBACKS + i * 8;
		if (g_hash_table_contains(relocations, &offset))
			g_ptr_array_add(klp->callbacks,
					g_strdup_printf("%s %s", names[i], object ? object : "vmlinux"));
	}
}

static void read_ext_object(const struct klp_file *file, ksig_klp *klp, GHashTable *relocations, uint64_t at,
			    uint64_t count)
{
	const char *object = string_target(file, relocations, at);
	Elf_Scn *section = NULL;
	uint64_t place = 0;
	GElf_Sym symbol;

	read_ext_callbacks(klp, relocations, object, at);
	if (!klp_target_at(file, relocations, at + 8, &section, &place, &symbol))
		return;
	const Elf_Data *data = klp_section_data(section);
	g_autoptr(GHashTable) names = klp_relocations_of(file, section ? elf_ndxscn(section) : 0);
	for (uint64_t i = 0; data && i < count && place + (i + 1) * EXT_FUNC_BYTES <= data->d_size; i++) {
		const uint64_t function = place + i * EXT_FUNC_BYTES;
		const char *name = string_target(file, names, function);
		if (name)
			add_function(klp, object ? object : "vmlinux", name, number_at(data, function + 16),
				     0);
	}
}

static bool read_ext(const struct klp_file *file, ksig_klp *klp)
{
	GElf_Shdr header;
	Elf_Scn *section = klp_section_find(file, ".init.klp_objects", &header);
	const Elf_Data *data = klp_section_data(section);

	if (!data)
		return false;
	g_autoptr(GHashTable) relocations = klp_relocations_of(file, elf_ndxscn(section));
	for (uint64_t at = 0; at + EXT_OBJECT_BYTES <= data->d_size; at += EXT_OBJECT_BYTES)
		read_ext_object(file, klp, relocations, at,
				MIN(number_at(data, at + EXT_OBJECT_COUNT), (uint64_t) KLP_LIMIT_ENTRIES));
	return true;
}

static bool is_code(Elf_Scn *section)
{
	GElf_Shdr header;

	return section && gelf_getshdr(section, &header) && (header.sh_flags & SHF_EXECINSTR);
}

/* A struct klp_func (include/linux/livepatch.h) starts with old_name, new_func, old_sympos. */
static void read_struct(const struct klp_file *file, ksig_klp *klp, GHashTable *relocations,
			const Elf_Data *data, uint64_t at)
{
	const char *name = string_target(file, relocations, at);
	Elf_Scn *section = NULL;
	uint64_t place = 0;
	GElf_Sym symbol;

	if (name && *name && klp_target_at(file, relocations, at + 8, &section, &place, &symbol) &&
	    is_code(section))
		add_function(klp, "vmlinux", name, number_at(data, at + 16), symbol.st_size);
}

static void read_structs(const struct klp_file *file, ksig_klp *klp)
{
	GElf_Shdr header;
	Elf_Scn *section = klp_section_find(file, ".data", &header);
	const Elf_Data *data = klp_section_data(section);

	if (!data)
		return;
	g_autoptr(GHashTable) relocations = klp_relocations_of(file, elf_ndxscn(section));
	GHashTableIter iterator;
	gpointer key;
	g_hash_table_iter_init(&iterator, relocations);
	while (g_hash_table_iter_next(&iterator, &key, NULL))
		read_struct(file, klp, relocations, data, *(const uint64_t *) key);
}

static void read_callbacks(const struct klp_file *file, ksig_klp *klp)
{
	static const char prefix[] = ".kpatch.callbacks.";
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(file->elf, section))) {
		const char *name = gelf_getshdr(section, &header) ? klp_section_name(file, &header) : "";
		if (!g_str_has_prefix(name, prefix))
			continue;
		g_autoptr(GHashTable) relocations = klp_relocations_of(file, elf_ndxscn(section));
		const char *object = string_target(file, relocations, 8);
		g_ptr_array_add(klp->callbacks,
				g_strdup_printf("%s %s", name + strlen(prefix), object ? object : "vmlinux"));
	}
}

void klp_read_functions(const struct klp_file *file, ksig_klp *klp)
{
	if (!read_kpatch(file, klp) && !read_ext(file, klp) && klp->livepatch)
		read_structs(file, klp);
	read_callbacks(file, klp);
}
