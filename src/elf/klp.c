/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rest of a live patch: .modinfo, .klp.rela.* and .klp.sym.*, imports with CRCs, shadow variables and
 * states; two of them compared line by line.
 */
#include "elf/klp-internal.h"
#include "elf/klp-file-internal.h"
#include "elf/klp-functions-internal.h"

#include <gelf.h>
#include <string.h>

/* include/uapi/linux/elf.h, include/linux/module.h */
enum { VERSION_BYTES = 64, VERSION_NAME = 8 };

static void function_free(struct ksig_klp_function *function)
{
	g_free(function->object);
	g_free(function->name);
	g_free(function);
}

static void relocation_free(struct ksig_klp_relocation *relocation)
{
	g_free(relocation->object);
	g_free(relocation->section);
	g_free(relocation);
}

static void symbol_free(struct ksig_klp_symbol *symbol)
{
	g_free(symbol->object);
	g_free(symbol->name);
	g_free(symbol);
}

static void import_free(struct ksig_klp_import *import)
{
	g_free(import->name);
	g_free(import);
}

static ksig_klp *klp_new(void)
{
	ksig_klp *klp = g_new0(ksig_klp, 1);

	klp->functions = g_ptr_array_new_with_free_func((GDestroyNotify) function_free);
	klp->relocations = g_ptr_array_new_with_free_func((GDestroyNotify) relocation_free);
	klp->symbols = g_ptr_array_new_with_free_func((GDestroyNotify) symbol_free);
	klp->imports = g_ptr_array_new_with_free_func((GDestroyNotify) import_free);
	klp->callbacks = g_ptr_array_new_with_free_func(g_free);
	klp->shadows = g_ptr_array_new_with_free_func(g_free);
	klp->states = g_ptr_array_new_with_free_func(g_free);
	return klp;
}

void ksig_elf_klp_free(ksig_klp *klp)
{
	if (!klp)
		return;
	g_free(klp->name);
	g_free(klp->vermagic);
	g_free(klp->build_id);
	g_ptr_array_unref(klp->functions);
	g_ptr_array_unref(klp->relocations);
	g_ptr_array_unref(klp->symbols);
	g_ptr_array_unref(klp->imports);
	g_ptr_array_unref(klp->callbacks);
	g_ptr_array_unref(klp->shadows);
	g_ptr_array_unref(klp->states);
	g_free(klp);
}

/* .modinfo: "key=value" strings, each with its NUL. */
static void read_modinfo(const struct klp_file *file, ksig_klp *klp)
{
	GElf_Shdr header;
	Elf_Scn *section = klp_section_find(file, ".modinfo", &header);
	const Elf_Data *data = klp_section_data(section);

	for (uint64_t at = 0; data && at < data->d_size;) {
		const char *text = klp_string_at(section, at);
		if (!text)
			return;
		if (g_str_has_prefix(text, "name=") && !klp->name)
			klp->name = ksig_utf8(text + 5, -1);
		else if (g_str_has_prefix(text, "vermagic=") && !klp->vermagic)
			klp->vermagic = ksig_utf8(text + 9, -1);
		else if (g_str_equal(text, "livepatch=Y"))
			klp->livepatch = true;
		at += strlen(text) + 1;
	}
}

/* Splits "OBJECT.REST" at the first dot; both are non-empty, or false. */
static bool split_object(const char *text, char **out_object, const char **out_rest)
{
	const char *dot = strchr(text, '.');

	if (!dot || dot == text || !dot[1])
		return false;
	*out_object = g_strndup(text, (gsize) (dot - text));
	*out_rest = dot + 1;
	return true;
}

static void read_relocations(const struct klp_file *file, ksig_klp *klp)
{
	static const char prefix[] = ".klp.rela.";
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(file->elf, section))) {
		const char *name = gelf_getshdr(section, &header) ? klp_section_name(file, &header) : "";
		g_autofree char *object = NULL;
		const char *rest = NULL;
		if (!g_str_has_prefix(name, prefix) || !split_object(name + strlen(prefix), &object, &rest))
			continue;
		struct ksig_klp_relocation *relocation = g_new0(struct ksig_klp_relocation, 1);
		relocation->object = ksig_utf8(object, -1);
		relocation->section = ksig_utf8(rest, -1);
		relocation->count = header.sh_entsize ? header.sh_size / header.sh_entsize : 0;
		g_ptr_array_add(klp->relocations, relocation);
	}
}

static void add_symbol(ksig_klp *klp, const char *text)
{
	const char *comma = strrchr(text, ',');
	g_autofree char *object = NULL;
	const char *rest = NULL;

	if (!comma || !split_object(text, &object, &rest) || rest > comma)
		return;
	struct ksig_klp_symbol *symbol = g_new0(struct ksig_klp_symbol, 1);
	symbol->object = ksig_utf8(object, -1);
	symbol->name = ksig_utf8(rest, comma - rest);
	symbol->sympos = g_ascii_strtoull(comma + 1, NULL, 10);
	g_ptr_array_add(klp->symbols, symbol);
}

static void read_symbols(const struct klp_file *file, ksig_klp *klp)
{
	static const char prefix[] = ".klp.sym.";
	Elf_Scn *names = elf_getscn(file->elf, file->symbol_names);
	GElf_Sym symbol;

	for (size_t i = 1; i < MIN(file->n_symbols, (size_t) KLP_LIMIT_ENTRIES); i++) {
		const char *name = gelf_getsym(file->symbols, (int) i, &symbol)
					   ? klp_string_at(names, symbol.st_name)
					   : NULL;
		if (!name)
			continue;
		if (g_str_has_prefix(name, prefix))
			add_symbol(klp, name + strlen(prefix));
		else if (symbol.st_shndx == SHN_UNDEF && g_str_has_prefix(name, "klp_shadow_"))
			g_ptr_array_add(klp->shadows, ksig_utf8(name, -1));
		else if (symbol.st_shndx == SHN_UNDEF && g_str_has_prefix(name, "klp_get_"))
			g_ptr_array_add(klp->states, ksig_utf8(name, -1));
	}
}

/* struct modversion_info: an unsigned long CRC and a name of 56 bytes. */
static void read_imports(const struct klp_file *file, ksig_klp *klp)
{
	GElf_Shdr header;
	const Elf_Data *data = klp_section_data(klp_section_find(file, "__versions", &header));

	for (size_t at = 0; data && at + VERSION_BYTES <= data->d_size; at += VERSION_BYTES) {
		const char *entry = (const char *) data->d_buf + at;
		uint64_t crc = 0;
		memcpy(&crc, entry, sizeof(crc));
		struct ksig_klp_import *import = g_new0(struct ksig_klp_import, 1);
		import->crc = (uint32_t) GUINT64_FROM_LE(crc);
		import->name = ksig_utf8(
			entry + VERSION_NAME,
			(gssize) strnlen(entry + VERSION_NAME, VERSION_BYTES - VERSION_NAME));
		g_ptr_array_add(klp->imports, import);
	}
}

static int by_function(gconstpointer a, gconstpointer b)
{
	const struct ksig_klp_function *x = *(void *const *) a, *y = *(void *const *) b;
	const int order = strcmp(x->object, y->object);

	return order ? order : strcmp(x->name, y->name);
}

static int by_import(gconstpointer a, gconstpointer b)
{
	const struct ksig_klp_import *x = *(void *const *) a, *y = *(void *const *) b;

	return strcmp(x->name, y->name);
}

static int by_symbol(gconstpointer a, gconstpointer b)
{
	const struct ksig_klp_symbol *x = *(void *const *) a, *y = *(void *const *) b;
	const int order = strcmp(x->object, y->object);

	return order ? order : strcmp(x->name, y->name);
}

ksig_klp *ksig_elf_klp_read(const char *what, GBytes *module, GError **error)
{
	g_auto(klp_file) file = {0};

	if (!klp_file_open(&file, what, module, error))
		return NULL;
	ksig_klp *klp = klp_new();
	read_modinfo(&file, klp);
	klp->build_id = ksig_elf_build_id(what, module, NULL);
	klp_read_functions(&file, klp);
	read_relocations(&file, klp);
	read_symbols(&file, klp);
	read_imports(&file, klp);
	g_ptr_array_sort(klp->functions, by_function);
	g_ptr_array_sort(klp->imports, by_import);
	g_ptr_array_sort(klp->symbols, by_symbol);
	return klp;
}

static void lines_of(const ksig_klp *klp, GHashTable *lines)
{
	for (guint i = 0; i < klp->functions->len; i++) {
		const struct ksig_klp_function *function = g_ptr_array_index(klp->functions, i);
		g_hash_table_add(lines, g_strdup_printf("function %s %s", function->object, function->name));
	}
	for (guint i = 0; i < klp->symbols->len; i++) {
		const struct ksig_klp_symbol *symbol = g_ptr_array_index(klp->symbols, i);
		g_hash_table_add(lines, g_strdup_printf("symbol %s %s", symbol->object, symbol->name));
	}
	for (guint i = 0; i < klp->imports->len; i++) {
		const struct ksig_klp_import *import = g_ptr_array_index(klp->imports, i);
		g_hash_table_add(lines, g_strdup_printf("import %s %08x", import->name, import->crc));
	}
	for (guint i = 0; i < klp->callbacks->len; i++)
		g_hash_table_add(lines, g_strdup_printf("callback %s", (char *) klp->callbacks->pdata[i]));
}

static void add_missing(GPtrArray *out, char sign, GHashTable *from, GHashTable *in)
{
	GHashTableIter iterator;
	gpointer line;

	g_hash_table_iter_init(&iterator, from);
	while (g_hash_table_iter_next(&iterator, &line, NULL))
		if (!g_hash_table_contains(in, line))
			g_ptr_array_add(out, g_strdup_printf("%c %s", sign, (char *) line));
}

GPtrArray *ksig_elf_klp_compare(const ksig_klp *before, const ksig_klp *after)
{
	g_autoptr(GHashTable) old = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) new = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	lines_of(before, old);
	lines_of(after, new);
	add_missing(out, '-', old, new);
	add_missing(out, '+', new, old);
	g_ptr_array_sort(out, ksig_by_string);
	return out;
}
