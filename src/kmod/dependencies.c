/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module's dependencies in the words of EL's packages: kmod(NAME.ko), ksym(SYMBOL) = CRC, modalias(ALIAS)
 * given, kernel(SYMBOL) = CRC and ksym(SYMBOL) = CRC wanted.
 */
#include "elf/elf.h"
#include "kmod/build.h"

#include <string.h>

enum { SYMVERS_LIMIT_BYTES = 64 << 20 };

/* RPM reads parentheses and blanks: an alias with others than these letters cannot be a dependency. */
static bool is_alias_plain(const char *alias)
{
	return strpbrk(alias, " \t\n(){}<>=,\"'\\") == NULL;
}

static void add_provides(GPtrArray *lines, const ksig_module *module)
{
	g_ptr_array_add(lines, g_strdup_printf("kmod(%s.ko)", module->name));
	for (guint i = 0; i < module->exports->len; i++) {
		const struct ksig_export *export = g_ptr_array_index(module->exports, i);
		if (export->has_crc)
			g_ptr_array_add(lines,
					g_strdup_printf("ksym(%s) = 0x%08x", export->name, export->crc));
	}
	for (guint i = 0; i < module->aliases->len; i++) {
		const char *alias = g_ptr_array_index(module->aliases, i);
		if (is_alias_plain(alias))
			g_ptr_array_add(lines, g_strdup_printf("modalias(%s)", alias));
	}
}

/* The symbols that the other modules in the folders beside PATH export. */
static void add_exports(GHashTable *symbols, const char *folder, int depth)
{
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	const char *name;

	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (depth > 0 && g_file_test(path, G_FILE_TEST_IS_DIR)) {
			add_exports(symbols, path, depth - 1);
			continue;
		}
		if (!strstr(name, ".ko"))
			continue;
		g_autoptr(ksig_module) module = ksig_elf_module_read(path, NULL);
		for (guint i = 0; module && i < module->exports->len; i++)
			g_hash_table_add(symbols,
					 g_strdup(((struct ksig_export *) module->exports->pdata[i])->name));
	}
}

static bool add_listed(GHashTable *symbols, const char *with, GError **error)
{
	size_t length = 0;
	g_autofree char *text = ksig_file_read(with, SYMVERS_LIMIT_BYTES, &length, error);
	g_autoptr(GPtrArray) exports = text && length ? ksig_elf_symvers_parse(with, text, length, error)
						      : NULL;

	for (guint i = 0; exports && i < exports->len; i++)
		g_hash_table_add(symbols, g_strdup(((struct ksig_export *) exports->pdata[i])->name));
	return text && (exports || length == 0);
}

static bool add_requires(GPtrArray *lines, const ksig_module *module, const char *path, const char *with,
			 GError **error)
{
	g_autoptr(GHashTable) siblings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *folder = g_path_get_dirname(path);

	if (with && !add_listed(siblings, with, error))
		return false;
	add_exports(siblings, folder, 1);
	for (guint i = 0; i < module->imports->len; i++) {
		const struct ksig_import *import = g_ptr_array_index(module->imports, i);
		if (import->has_crc)
			g_ptr_array_add(lines, g_strdup_printf("%s(%s) = 0x%08x",
							       g_hash_table_contains(siblings, import->name)
								       ? "ksym"
								       : "kernel",
							       import->name, import->crc));
	}
	return true;
}

GPtrArray *ksig_kmod_dependencies(const char *path, bool requires, const char *with, GError **error)
{
	g_autoptr(ksig_module) module = ksig_elf_module_read(path, error);
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

	if (!module || (requires && !add_requires(lines, module, path, with, error)))
		return NULL;
	if (!requires)
		add_provides(lines, module);
	g_ptr_array_sort(lines, ksig_by_string);
	return g_steal_pointer(&lines);
}
