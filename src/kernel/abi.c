/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols of two Module.symvers compared by CRC, a list's promises (CRC, module, namespace) checked,
 * and the distribution's modules held against the new symbols. External ones: kmod/check.c.
 */
#include "kernel/kernel-internal.h"
#include "elf/elf.h"
#include "rpm/rpm.h"

GPtrArray *ksig_kernel_abi_symvers_load(const char *path, GError **error)
{
	g_autoptr(GBytes) bytes = ksig_elf_unpack_file(path, KERNEL_LIMIT_SYMVERS_BYTES, error);
	gsize length = 0;

	if (!bytes)
		return NULL;
	const char *text = g_bytes_get_data(bytes, &length);
	return ksig_elf_symvers_parse(path, text ? text : "", length, error);
}

GPtrArray *ksig_kernel_abi_lists_load(const char *const *paths, const char *arch, GError **error)
{
	GPtrArray *listed = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_export_free);

	for (; *paths; paths++) {
		GPtrArray *more = ksig_elf_kabi_load(*paths, arch, ksig_rpm_archive_open, error);
		if (!more) {
			g_ptr_array_unref(listed);
			return NULL;
		}
		g_ptr_array_extend_and_steal(listed, more);
	}
	return listed;
}

static GHashTable *by_name(GPtrArray *exports)
{
	GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; exports && i < exports->len; i++) {
		struct ksig_export *symbol = g_ptr_array_index(exports, i);
		g_hash_table_insert(table, symbol->name, symbol);
	}
	return table;
}

static void change_free(gpointer data)
{
	struct ksig_abi_change *change = data;

	g_free(change->symbol);
	g_free(change->module);
	g_free(change->cause);
	g_free(change);
}

GPtrArray *ksig_kernel_abi_compare(GPtrArray *base, GPtrArray *other, GPtrArray *listed)
{
	g_autoptr(GHashTable) others = by_name(other), list = by_name(listed);
	GPtrArray *changes = g_ptr_array_new_with_free_func(change_free);

	for (guint i = 0; i < base->len; i++) {
		const struct ksig_export *before = g_ptr_array_index(base, i);
		const struct ksig_export *after = g_hash_table_lookup(others, before->name);
		if (after && (!before->has_crc || !after->has_crc || before->crc == after->crc))
			continue;
		struct ksig_abi_change *change = g_new0(struct ksig_abi_change, 1);
		change->symbol = g_strdup(before->name);
		change->module = g_strdup(before->module);
		change->base_crc = before->crc;
		change->new_crc = after ? after->crc : 0;
		change->is_gone = !after;
		/* A list with versions is compared by them. */
		const struct ksig_export *listed_as = g_hash_table_lookup(list, before->name);
		change->is_listed = listed_as && !listed_as->has_crc;
		g_ptr_array_add(changes, change);
	}
	return changes;
}

/* CHANGES by symbol; the first one counts. */
static GHashTable *changes_by_name(const GPtrArray *changes)
{
	GHashTable *table = g_hash_table_new(ksig_string_hash, g_str_equal);

	for (guint i = changes->len; i-- > 0;) {
		struct ksig_abi_change *change = g_ptr_array_index(changes, i);
		g_hash_table_insert(table, change->symbol, change);
	}
	return table;
}

/* What is another module or namespace than LISTED says, in words; NULL: neither. */
static char *moved(const struct ksig_export *listed, const struct ksig_export *now)
{
	if (listed->module && g_strcmp0(listed->module, now->module) != 0)
		return g_strdup_printf("moved from %s to %s", listed->module, now->module);
	if (listed->module && g_strcmp0(listed->symbol_namespace, now->symbol_namespace) != 0)
		return g_strdup_printf("its namespace is %s, not %s",
				       now->symbol_namespace ? now->symbol_namespace : "none",
				       listed->symbol_namespace ? listed->symbol_namespace : "none");
	return NULL;
}

static void check_listed(GPtrArray *changes, GHashTable *known, const struct ksig_export *listed,
			 const struct ksig_export *now)
{
	/* A line of Module.kabi_ARCH with no version, 0x00000000, promises that; a name alone promises none.
	 */
	bool differs = now && listed->module && listed->crc != now->crc;
	g_autofree char *why = now && !differs ? moved(listed, now) : NULL;
	struct ksig_abi_change *change = g_hash_table_lookup(known, listed->name);

	if (now && !differs && !why)
		return;
	if (!change) {
		change = g_new0(struct ksig_abi_change, 1);
		change->symbol = g_strdup(listed->name);
		change->module = g_strdup(listed->module ? listed->module : now ? now->module : "");
		change->base_crc = listed->crc;
		change->new_crc = now ? now->crc : 0;
		change->is_gone = !now;
		g_ptr_array_add(changes, change);
		g_hash_table_insert(known, change->symbol, change);
	}
	change->is_listed = true;
	if (why && !change->cause)
		change->cause = g_steal_pointer(&why);
}

void ksig_kernel_abi_check_list(GPtrArray *changes, GPtrArray *listed, GPtrArray *other)
{
	g_autoptr(GHashTable) others = by_name(other), known = changes_by_name(changes);

	for (guint i = 0; i < listed->len; i++) {
		const struct ksig_export *symbol = g_ptr_array_index(listed, i);
		check_listed(changes, known, symbol, g_hash_table_lookup(others, symbol->name));
	}
}

static void module_free(gpointer data)
{
	struct ksig_abi_module *module = data;

	g_free(module->path);
	g_ptr_array_unref(module->bad);
	g_free(module);
}

/* Build folders hold ".name.ko.cmd" and the like, too. */
static bool is_module(const char *name)
{
	static const char *const suffixes[] = {".ko", ".ko.gz", ".ko.xz", ".ko.zst"};

	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (g_str_has_suffix(name, suffixes[i]))
			return true;
	return false;
}

static void find_modules(GPtrArray *found, const char *folder)
{
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (g_file_test(path, G_FILE_TEST_IS_SYMLINK))
			continue;
		if (g_file_test(path, G_FILE_TEST_IS_DIR))
			find_modules(found, path);
		else if (is_module(name))
			g_ptr_array_add(found, g_steal_pointer(&path));
	}
}

/* What modules beside it export is theirs to give, not the kernel's. */
static GHashTable *sibling_exports(GPtrArray *modules)
{
	GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < modules->len; i++) {
		const ksig_module *module = g_ptr_array_index(modules, i);
		for (guint j = 0; j < module->exports->len; j++) {
			const struct ksig_export *symbol = g_ptr_array_index(module->exports, j);
			g_hash_table_add(names, g_strdup(symbol->name));
		}
	}
	return names;
}

static struct ksig_abi_module *check_module(const ksig_module *module, const char *path, GHashTable *others,
					    GHashTable *siblings)
{
	struct ksig_abi_module *result = g_new0(struct ksig_abi_module, 1);

	result->path = g_strdup(path);
	result->bad = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < module->imports->len; i++) {
		const struct ksig_import *import = g_ptr_array_index(module->imports, i);
		const struct ksig_export *symbol = g_hash_table_lookup(others, import->name);
		bool differs = symbol && symbol->has_crc && import->has_crc && symbol->crc != import->crc;
		bool is_gone = !symbol && import->undefined && !import->weak;
		if (differs || (is_gone && !g_hash_table_contains(siblings, import->name)))
			g_ptr_array_add(result->bad, g_strdup(import->name));
	}
	return result;
}

GPtrArray *ksig_kernel_abi_modules(const char *folder, GPtrArray *other, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);
	g_autoptr(GHashTable) others = by_name(other);

	find_modules(paths, folder);
	g_ptr_array_sort(paths, ksig_by_string);
	for (guint i = 0; i < paths->len; i++) {
		ksig_module *module = ksig_elf_module_read(g_ptr_array_index(paths, i), error);
		if (!module)
			return NULL;
		g_ptr_array_add(modules, module);
	}
	g_autoptr(GHashTable) siblings = sibling_exports(modules);
	GPtrArray *results = g_ptr_array_new_with_free_func(module_free);
	for (guint i = 0; i < modules->len; i++)
		g_ptr_array_add(results, check_module(g_ptr_array_index(modules, i),
						      g_ptr_array_index(paths, i), others, siblings));
	return results;
}
