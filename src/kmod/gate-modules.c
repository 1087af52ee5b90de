/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What packages of modules want of a kernel. It stands in the modules: what a package requires was written by
 * a generator or by a hand, or not at all (NVIDIA's, RPM Fusion's and akmods' require a kernel's name, or a
 * range).
 */
#include "kmod/gate-modules-internal.h"
#include "kmod/gate-internal.h"
#include "kmod/gate-solvable-internal.h"
#include "kmod/nested-internal.h"
#include "kmod/parts-internal.h"

#include <string.h>

/* What MODULE requires that begins with PREFIX. */
static GPtrArray *requires_of(Pool *pool, Solvable *module, const char *prefix)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	Queue requires;

	gate_dependencies(module, SOLVABLE_REQUIRES, &requires);
	for (int i = 0; i < requires.count; i++) {
		const char *text = pool_dep2str(pool, requires.elements[i]);
		if (g_str_has_prefix(text, prefix))
			g_ptr_array_add(out, g_strdup(text));
	}
	queue_free(&requires);
	return out;
}

static GPtrArray *wanted_by_requires(Pool *pool, Solvable *module)
{
	return requires_of(pool, module, "kernel(");
}

/* The names of what MODULES export, which are theirs. */
static GHashTable *exports_of(const GPtrArray *modules)
{
	GHashTable *names = g_hash_table_new(ksig_string_hash, g_str_equal);

	for (guint i = 0; i < modules->len; i++) {
		const ksig_module *module = g_ptr_array_index(modules, i);
		for (guint k = 0; k < module->exports->len; k++)
			g_hash_table_add(names, ((struct ksig_export *) module->exports->pdata[k])->name);
	}
	return names;
}

typedef bool file_fn(const char *path);

/* True if IS_IT says so of a file of the package: its payload is worth reading. */
static bool has_file(Pool *pool, Id id, file_fn *is_it)
{
	Dataiterator files;
	bool found = false;

	dataiterator_init(&files, pool, NULL, id, SOLVABLE_FILELIST, ".",
			  SEARCH_SUBSTRING | SEARCH_FILES | SEARCH_COMPLETE_FILELIST);
	while (!found && dataiterator_step(&files))
		found = is_it(files.kv.str);
	dataiterator_free(&files);
	return found;
}

static bool is_called_module(const char *path)
{
	return strstr(path, ".ko") != NULL;
}

/* "ksym(NAME) = 0x…" is required: another package of modules has it, not the kernel. */
static bool is_of_another(GHashTable *ksyms, const struct ksig_import *import)
{
	g_autofree char *text = g_strdup_printf("ksym(%s) = 0x%08x", import->name, import->crc);

	return g_hash_table_contains(ksyms, text);
}

static void add_wanted(GPtrArray *out, const GPtrArray *modules, Pool *pool, Solvable *package)
{
	g_autoptr(GHashTable) own = exports_of(modules),
			      ksyms = g_hash_table_new(ksig_string_hash, g_str_equal);
	g_autoptr(GPtrArray) of_others = requires_of(pool, package, "ksym(");

	for (guint i = 0; i < of_others->len; i++)
		g_hash_table_add(ksyms, of_others->pdata[i]);
	for (guint i = 0; i < modules->len; i++) {
		const ksig_module *module = g_ptr_array_index(modules, i);
		for (guint k = 0; k < module->imports->len; k++) {
			const struct ksig_import *import = g_ptr_array_index(module->imports, k);
			if (import->has_crc && !g_hash_table_contains(own, import->name) &&
			    !is_of_another(ksyms, import))
				g_ptr_array_add(out, g_strdup_printf("kernel(%s) = 0x%08x", import->name,
								     import->crc));
		}
	}
}

static void add_unjudged(struct gate *gate, Solvable *module, const char *reason)
{
	g_ptr_array_add(gate->unjudged,
			g_strdup_printf("%s: %s", pool_solvable2str(gate->pool, module), reason));
}

/* NULL: the modules of PATH cannot be read, or have no versions; what is required is the next best, if
 * anything. */
static GPtrArray *wanted_by_modules(struct gate *gate, Solvable *module, const char *path)
{
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);
	g_autoptr(GPtrArray) wanted = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) reason = NULL;

	if (ksig_kmod_modules_read(path, NULL, modules, &reason))
		add_wanted(wanted, modules, gate->pool, module);
	if (wanted->len > 0)
		return g_steal_pointer(&wanted);
	g_autoptr(GPtrArray) required = wanted_by_requires(gate->pool, module);
	if (required->len == 0)
		add_unjudged(gate, module,
			     reason ? reason->message
			     : modules->len > 0
				     ? "its modules have no symbol versions"
				     : "none of its modules is compressed in a way that kernels know");
	return NULL;
}

/* Modules that a scriptlet unpacks, if any does. */
static void say_nested(struct gate *gate, Solvable *module, const char *path)
{
	g_autofree char *nested = ksig_kmod_nested_modules(path);
	g_autofree char *reason = nested ? g_strdup_printf("modules in an archive, %s", nested) : NULL;

	if (reason)
		add_unjudged(gate, module, reason);
}

const GPtrArray *gate_wanted(struct gate *gate, Solvable *module)
{
	const Id id = pool_solvable2id(gate->pool, module);
	const char *path = g_hash_table_lookup(gate->paths, GINT_TO_POINTER(id));
	GPtrArray *wanted = g_hash_table_lookup(gate->wanted, GINT_TO_POINTER(id));

	if (!g_hash_table_contains(gate->wanted, GINT_TO_POINTER(id)) &&
	    !gate_is_kernel(gate->pool, module)) {
		if (path && has_file(gate->pool, id, ksig_kmod_is_archive))
			say_nested(gate, module, path);
		wanted = path && has_file(gate->pool, id, is_called_module)
				 ? wanted_by_modules(gate, module, path)
				 : NULL;
		if (!wanted)
			wanted = wanted_by_requires(gate->pool, module);
		g_hash_table_insert(gate->wanted, GINT_TO_POINTER(id), wanted);
	}
	return wanted && wanted->len > 0 ? wanted : NULL;
}
