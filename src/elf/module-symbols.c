/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a module wants and what it offers: its symbol table read together with the sections of versions. */
#include "elf/module-symbols-internal.h"
#include "elf/elf-internal.h"

#include <elf.h>
#include <string.h>

/* struct modversion_info: an unsigned long CRC, then the name, 64 bytes in all. */
enum { VERSION_BYTES = 64, VERSION_NAME_OFFSET = 8, CRC_BYTES = 4 };

static void free_import(gpointer data)
{
	struct ksig_import *import = data;

	g_free(import->name);
	g_free(import);
}

static gint by_import_name(gconstpointer a, gconstpointer b)
{
	const struct ksig_import *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static gint by_export_name(gconstpointer a, gconstpointer b)
{
	const struct ksig_export *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

void ksig_elf_export_free(struct ksig_export *symbol)
{
	if (!symbol)
		return;
	g_free(symbol->name);
	g_free(symbol->module);
	g_free(symbol->symbol_namespace);
	g_free(symbol);
}

static struct ksig_import *import_of(GHashTable *imports, const char *name)
{
	struct ksig_import *import = g_hash_table_lookup(imports, name);

	if (import)
		return import;
	import = g_new0(struct ksig_import, 1);
	import->name = g_strdup(name);
	g_hash_table_insert(imports, import->name, import);
	return import;
}

static bool malformed(const ksig_elf *elf, GError **error, const char *what)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", ksig_elf_name(elf), what);
}

static void set_version(GHashTable *imports, const char *name, uint64_t crc)
{
	struct ksig_import *import = import_of(imports, name);

	/* Both sections may name a symbol; the loader takes the extended one, which is read first. */
	if (import->has_crc)
		return;
	import->crc = (uint32_t) crc;
	import->has_crc = true;
}

static bool read_versions(GHashTable *imports, const ksig_elf *elf, const struct ksig_elf_section *section,
			  GError **error)
{
	if (section->size_bytes % VERSION_BYTES != 0)
		return malformed(elf, error, "__versions is not a whole number of entries");
	for (size_t offset = 0; offset < section->size_bytes; offset += VERSION_BYTES) {
		uint64_t crc = 0;
		const char *name = (const char *) section->data + offset + VERSION_NAME_OFFSET;
		if (!memchr(name, '\0', VERSION_BYTES - VERSION_NAME_OFFSET))
			return malformed(elf, error, "a name in __versions has no end");
		ksig_elf_number(elf, section, offset, VERSION_NAME_OFFSET, &crc);
		if (*name)
			set_version(imports, name, crc);
	}
	return true;
}

/* Names of any length: one list of CRCs, one of names (CONFIG_EXTENDED_MODVERSIONS). */
static bool read_extended_versions(GHashTable *imports, const ksig_elf *elf,
				   const struct ksig_elf_section *crcs, const struct ksig_elf_section *names,
				   GError **error)
{
	size_t offset = 0;

	for (size_t i = 0; i < crcs->size_bytes / CRC_BYTES; i++) {
		uint64_t crc = 0;
		const char *name = ksig_elf_string(names, offset);
		if (!name)
			return malformed(elf, error,
					 "__version_ext_names has fewer names than there are versions");
		ksig_elf_number(elf, crcs, i * CRC_BYTES, CRC_BYTES, &crc);
		if (*name)
			set_version(imports, name, crc);
		offset += strlen(name) + 1;
	}
	return true;
}

static bool read_undefined(GHashTable *imports, const ksig_elf *elf, GError **error)
{
	struct ksig_elf_symbol symbol;

	for (size_t i = 1; i < ksig_elf_symbol_count(elf); i++) {
		if (!ksig_elf_symbol(elf, i, &symbol))
			return malformed(elf, error, "a symbol's name lies outside of its table");
		if (symbol.section != SHN_UNDEF || !*symbol.name)
			continue;
		struct ksig_import *import = import_of(imports, symbol.name);
		import->undefined = true;
		import->weak = symbol.binding == STB_WEAK;
	}
	return true;
}

bool ksig_module_read_imports(ksig_module *module, const ksig_elf *elf, GError **error)
{
	const struct ksig_elf_section *versions = ksig_elf_find(elf, "__versions");
	const struct ksig_elf_section *crcs = ksig_elf_find(elf, "__version_ext_crcs");
	const struct ksig_elf_section *names = ksig_elf_find(elf, "__version_ext_names");
	g_autoptr(GHashTable) imports = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter iterator;
	gpointer import;

	module->has_versions = versions || (crcs && names);
	bool good = (!crcs || !names || read_extended_versions(imports, elf, crcs, names, error)) &&
		    (!versions || read_versions(imports, elf, versions, error)) &&
		    read_undefined(imports, elf, error);
	module->imports = g_ptr_array_new_with_free_func(free_import);
	g_hash_table_iter_init(&iterator, imports);
	while (g_hash_table_iter_next(&iterator, NULL, &import))
		g_ptr_array_add(module->imports, import);
	g_ptr_array_sort(module->imports, by_import_name);
	return good;
}

/* The symbol NAME's place in its section: an offset, whether values are offsets or addresses. */
static const struct ksig_elf_section *place(const ksig_elf *elf, const struct ksig_elf_symbol *symbol,
					    uint64_t *out_offset)
{
	const struct ksig_elf_section *section = ksig_elf_section(elf, symbol->section);

	if (!section || symbol->section >= SHN_LORESERVE)
		return NULL;
	*out_offset = symbol->value - (ksig_elf_is_relocatable(elf) ? 0 : section->address);
	return section;
}

static struct ksig_export *export_of(GHashTable *exports, const char *name)
{
	struct ksig_export *symbol = g_hash_table_lookup(exports, name);

	if (symbol)
		return symbol;
	symbol = g_new0(struct ksig_export, 1);
	symbol->name = g_strdup(name);
	g_hash_table_insert(exports, symbol->name, symbol);
	return symbol;
}

/*
 * Until v5.18 a CRC is the value of an absolute symbol __crc_NAME; since commit 7b4537199a4a ("kbuild: link
 * symbol CRCs at final link, removing CONFIG_MODULE_REL_CRCS") (in v5.19) it is four bytes that the symbol
 * points to.
 */
static void take_crc(struct ksig_export *export, const ksig_elf *elf, const struct ksig_elf_symbol *symbol)
{
	uint64_t offset = 0, crc = 0;

	if (symbol->section == SHN_ABS) {
		export->crc = (uint32_t) symbol->value;
		export->has_crc = true;
		return;
	}
	const struct ksig_elf_section *section = place(elf, symbol, &offset);
	if (!section || !ksig_elf_number(elf, section, offset, CRC_BYTES, &crc))
		return;
	export->crc = (uint32_t) crc;
	export->has_crc = true;
}

static void take_namespace(struct ksig_export *export, const ksig_elf *elf,
			   const struct ksig_elf_symbol *symbol)
{
	uint64_t offset = 0;
	const struct ksig_elf_section *section = place(elf, symbol, &offset);
	const char *name = section ? ksig_elf_string(section, offset) : NULL;

	if (name && *name && !export->symbol_namespace)
		export->symbol_namespace = g_strdup(name);
}

static void take_export(GHashTable *exports, GHashTable *entries, const ksig_elf *elf,
			const struct ksig_elf_symbol *symbol)
{
	if (g_str_has_prefix(symbol->name, "__ksymtab_")) {
		const struct ksig_elf_section *section = ksig_elf_section(elf, symbol->section);
		const char *name = symbol->name + strlen("__ksymtab_");
		if (!section || symbol->section >= SHN_LORESERVE ||
		    !g_str_has_prefix(section->name, "__ksymtab"))
			return;
		export_of(exports, name)->gpl_only = g_str_has_prefix(section->name, "__ksymtab_gpl");
		g_hash_table_add(entries, export_of(exports, name));
	} else if (g_str_has_prefix(symbol->name, "__crc_")) {
		take_crc(export_of(exports, symbol->name + strlen("__crc_")), elf, symbol);
	} else if (g_str_has_prefix(symbol->name, "__kstrtabns_")) {
		take_namespace(export_of(exports, symbol->name + strlen("__kstrtabns_")), elf, symbol);
	}
}

void ksig_module_read_exports(ksig_module *module, const ksig_elf *elf)
{
	g_autoptr(GHashTable) exports = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) entries = g_hash_table_new(g_direct_hash, g_direct_equal);
	struct ksig_elf_symbol symbol;
	GHashTableIter iterator;
	gpointer export;

	for (size_t i = 1; i < ksig_elf_symbol_count(elf); i++)
		if (ksig_elf_symbol(elf, i, &symbol) && symbol.section != SHN_UNDEF)
			take_export(exports, entries, elf, &symbol);
	module->exports = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_export_free);
	g_hash_table_iter_init(&iterator, exports);
	while (g_hash_table_iter_next(&iterator, NULL, &export)) {
		if (!g_hash_table_contains(entries, export)) {
			ksig_elf_export_free(export);
			continue;
		}
		((struct ksig_export *) export)->module = g_strdup(module->name);
		g_ptr_array_add(module->exports, export);
	}
	g_ptr_array_sort(module->exports, by_export_name);
}
