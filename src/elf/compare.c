/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether an object's functions are those of the linked vmlinux or module, byte for byte but for what
 * relocations write: is this the source of that kernel?
 */
#include "elf/klp-file-internal.h"
#include "elf/klp-internal.h"

#include <gelf.h>
#include <string.h>

static char *function_bytes(const struct klp_file *file, const GElf_Sym *symbol)
{
	Elf_Scn *section = elf_getscn(file->elf, symbol->st_shndx);
	GElf_Shdr header;
	GElf_Ehdr start;
	const Elf_Data *data = NULL;

	if (!section || !gelf_getshdr(section, &header) || !gelf_getehdr(file->elf, &start) ||
	    header.sh_type == SHT_NOBITS)
		return NULL;
	data = elf_rawdata(section, NULL);
	const uint64_t base = start.e_type == ET_REL ? 0 : header.sh_addr;
	if (!data || !data->d_buf || symbol->st_value < base || symbol->st_value - base > data->d_size ||
	    symbol->st_size > data->d_size - (symbol->st_value - base))
		return NULL;
	return (char *) data->d_buf + (symbol->st_value - base);
}

/* How many bytes a relocation of the object writes (x86-64 psABI; other machines: taken as 8). */
static size_t relocation_bytes(const GElf_Rela *rela)
{
	switch (GELF_R_TYPE(rela->r_info)) {
	case R_X86_64_64:
	case R_X86_64_PC64:
		return 8;
	case R_X86_64_NONE:
		return 0;
	default:
		return 4;
	}
}

static void mask(char *bytes, const GElf_Sym *symbol, GHashTable *relocations)
{
	GHashTableIter iterator;
	gpointer value;

	g_hash_table_iter_init(&iterator, relocations);
	while (g_hash_table_iter_next(&iterator, NULL, &value)) {
		const GElf_Rela *rela = value;
		if (rela->r_offset < symbol->st_value || rela->r_offset - symbol->st_value >= symbol->st_size)
			continue;
		const uint64_t at = rela->r_offset - symbol->st_value;
		memset(bytes + at, 0, MIN(relocation_bytes(rela), symbol->st_size - at));
	}
}

static const char *symbol_name(const struct klp_file *file, const GElf_Sym *symbol)
{
	return elf_strptr(file->elf, file->symbol_names, symbol->st_name);
}

static bool is_function(const GElf_Sym *symbol)
{
	return GELF_ST_TYPE(symbol->st_info) == STT_FUNC && symbol->st_size &&
	       symbol->st_shndx != SHN_UNDEF && symbol->st_shndx < SHN_LORESERVE;
}

/* Name to a list of indices: static functions share names. */
static GHashTable *functions_by_name(const struct klp_file *file)
{
	GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
						  (GDestroyNotify) g_array_unref);
	GElf_Sym symbol;

	for (size_t i = 1; i < MIN(file->n_symbols, (size_t) KLP_LIMIT_ENTRIES); i++) {
		if (!gelf_getsym(file->symbols, (int) i, &symbol) || !is_function(&symbol))
			continue;
		const char *name = symbol_name(file, &symbol);
		GArray *list = name ? g_hash_table_lookup(table, name) : NULL;
		if (name && !list) {
			list = g_array_new(FALSE, FALSE, sizeof(int));
			g_hash_table_insert(table, (char *) name, list);
		}
		const int index = (int) i;
		if (list)
			g_array_append_val(list, index);
	}
	return table;
}

static bool is_among(const struct klp_file *whole, const GArray *candidates, const GElf_Sym *symbol,
		     const char *bytes, GHashTable *relocations)
{
	g_autofree char *wanted = g_memdup2(bytes, symbol->st_size);

	mask(wanted, symbol, relocations);
	for (guint i = 0; i < candidates->len; i++) {
		GElf_Sym other;
		if (!gelf_getsym(whole->symbols, g_array_index(candidates, int, i), &other) ||
		    other.st_size != symbol->st_size)
			continue;
		const char *theirs = function_bytes(whole, &other);
		if (!theirs)
			continue;
		g_autofree char *copy = g_memdup2(theirs, other.st_size);
		mask(copy, symbol, relocations);
		if (memcmp(copy, wanted, other.st_size) == 0)
			return true;
	}
	return false;
}

static void compare_one(const struct klp_file *object, const struct klp_file *whole, GHashTable *names,
			const GElf_Sym *symbol, struct ksig_elf_comparison *out)
{
	const char *name = symbol_name(object, symbol);
	const GArray *candidates = name ? g_hash_table_lookup(names, name) : NULL;
	const char *bytes = candidates ? function_bytes(object, symbol) : NULL;

	/* What the linker left out (an .exit section, a weak function that lost) cannot be compared. */
	if (!bytes)
		return;
	g_autoptr(GHashTable) relocations = klp_relocations_of(object, symbol->st_shndx);
	out->compared++;
	if (is_among(whole, candidates, symbol, bytes, relocations))
		out->equal++;
	else
		g_ptr_array_add(out->different, g_strdup(name));
}

bool ksig_elf_compare_functions(const char *object_name, GBytes *object_bytes, const char *whole_name,
				GBytes *whole_bytes, struct ksig_elf_comparison *out, GError **error)
{
	g_auto(klp_file) object = {0}, whole = {0};
	GElf_Sym symbol;

	if (!klp_file_open(&object, object_name, object_bytes, error) ||
	    !klp_file_open(&whole, whole_name, whole_bytes, error))
		return false;
	if (!whole.n_symbols)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no symbols", whole_name);
	g_autoptr(GHashTable) names = functions_by_name(&whole);
	for (size_t i = 1; i < MIN(object.n_symbols, (size_t) KLP_LIMIT_ENTRIES); i++)
		if (gelf_getsym(object.symbols, (int) i, &symbol) && is_function(&symbol))
			compare_one(&object, &whole, names, &symbol, out);
	return true;
}
