/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel exports, in memory or in the catalog: symbols with CRC, stable list and hash of their
 * prototypes. Reading one from a package or folder is in kernel-read.c.
 */
#include "kmod/kernel-internal.h"

#include <string.h>

static void free_symbol(gpointer data)
{
	ksig_catalog_symbol_clear(data);
	g_free(data);
}

ksig_kmod_kernel *ksig_kmod_kernel_new(void)
{
	ksig_kmod_kernel *kernel = g_new0(ksig_kmod_kernel, 1);

	kernel->info = g_new0(struct ksig_catalog_kernel, 1);
	kernel->symbols = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_symbol);
	return kernel;
}

void ksig_kmod_kernel_free(ksig_kmod_kernel *kernel)
{
	if (!kernel)
		return;
	ksig_catalog_kernel_free(kernel->info);
	g_clear_pointer(&kernel->symbols, g_hash_table_unref);
	g_free(kernel);
}

const struct ksig_catalog_kernel *ksig_kmod_kernel_info(const ksig_kmod_kernel *kernel)
{
	return kernel->info;
}

static struct ksig_catalog_symbol *entry_of(ksig_kmod_kernel *kernel, const char *name)
{
	struct ksig_catalog_symbol *symbol = g_hash_table_lookup(kernel->symbols, name);

	if (symbol)
		return symbol;
	symbol = g_new0(struct ksig_catalog_symbol, 1);
	symbol->name = g_strdup(name);
	g_hash_table_insert(kernel->symbols, symbol->name, symbol);
	return symbol;
}

void ksig_kmod_kernel_add_exports(ksig_kmod_kernel *kernel, GPtrArray *exports)
{
	for (guint i = 0; i < exports->len; i++) {
		const struct ksig_export *export = g_ptr_array_index(exports, i);
		struct ksig_catalog_symbol *symbol = entry_of(kernel, export->name);
		if (symbol->module)
			continue;
		symbol->module = g_strdup(export->module);
		symbol->symbol_namespace = g_strdup(export->symbol_namespace);
		symbol->crc = export->crc;
		symbol->has_crc = export->has_crc;
		symbol->gpl_only = export->gpl_only;
	}
	kernel->info->n_symbols = g_hash_table_size(kernel->symbols);
}

void ksig_kmod_kernel_add_stable(ksig_kmod_kernel *kernel, GPtrArray *stable)
{
	for (guint i = 0; i < stable->len; i++) {
		const struct ksig_export *listed = g_ptr_array_index(stable, i);
		struct ksig_catalog_symbol *symbol = g_hash_table_lookup(kernel->symbols, listed->name);
		if (symbol)
			symbol->stable = true;
	}
	kernel->info->has_stable = true;
}

void ksig_kmod_kernel_add_types(ksig_kmod_kernel *kernel, const ksig_types *types)
{
	GHashTableIter iterator;
	gpointer name, symbol;

	g_hash_table_iter_init(&iterator, kernel->symbols);
	while (g_hash_table_iter_next(&iterator, &name, &symbol))
		((struct ksig_catalog_symbol *) symbol)->type_hash = ksig_elf_types_prototype_hash(types,
												   name);
}

bool ksig_kmod_kernel_find(const ksig_kmod_kernel *kernel, const char *name,
			   struct ksig_catalog_symbol *out_symbol)
{
	if (kernel->catalog)
		return ksig_catalog_find_symbol(kernel->catalog, kernel->info, name, out_symbol, NULL);
	const struct ksig_catalog_symbol *symbol = g_hash_table_lookup(kernel->symbols, name);
	if (!symbol)
		return false;
	*out_symbol = *symbol;
	out_symbol->name = g_strdup(symbol->name);
	out_symbol->module = g_strdup(symbol->module);
	out_symbol->symbol_namespace = g_strdup(symbol->symbol_namespace);
	return true;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	const struct ksig_catalog_symbol *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* The symbols in order of name, borrowed: the same set gives the same digest, whatever the order it was read
 * in. */
static GArray *sorted_symbols(const ksig_kmod_kernel *kernel)
{
	GArray *symbols = g_array_new(FALSE, FALSE, sizeof(struct ksig_catalog_symbol));
	GHashTableIter iterator;
	gpointer symbol;

	g_hash_table_iter_init(&iterator, kernel->symbols);
	while (g_hash_table_iter_next(&iterator, NULL, &symbol))
		g_array_append_vals(symbols, symbol, 1);
	g_array_sort(symbols, by_name);
	return symbols;
}

bool ksig_kmod_kernel_store(const ksig_kmod_kernel *kernel, ksig_catalog *catalog, GError **error)
{
	g_autoptr(GArray) symbols = sorted_symbols(kernel);
	g_autoptr(GPtrArray) stable = g_ptr_array_new();

	for (guint i = 0; i < symbols->len; i++) {
		const struct ksig_catalog_symbol *symbol = &g_array_index(symbols, struct ksig_catalog_symbol,
									  i);
		if (symbol->stable)
			g_ptr_array_add(stable, symbol->name);
	}
	g_ptr_array_add(stable, NULL);
	if (!ksig_catalog_begin(catalog, error))
		return false;
	if (ksig_catalog_put_kernel(
		    catalog, kernel->info, (const struct ksig_catalog_symbol *) symbols->data, symbols->len,
		    kernel->info->has_stable ? (const char *const *) stable->pdata : NULL, error) &&
	    ksig_catalog_commit(catalog, error))
		return true;
	ksig_catalog_rollback(catalog);
	return false;
}

static bool matches(const char *label, const char *const *labels)
{
	for (; labels && *labels; labels++)
		if (g_pattern_match_simple(*labels, label))
			return true;
	return !labels;
}

GPtrArray *ksig_kmod_kernels_open(ksig_catalog *catalog, const char *const *labels, GError **error)
{
	g_autoptr(GPtrArray) all = ksig_catalog_kernels(catalog, error);
	g_autoptr(GPtrArray) kernels = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_kernel_free);

	if (!all)
		return NULL;
	g_ptr_array_set_free_func(all, NULL);
	for (guint i = 0; i < all->len; i++) {
		struct ksig_catalog_kernel *info = g_ptr_array_index(all, i);
		labels = labels && *labels ? labels : NULL;
		if (!matches(info->label, labels)) {
			ksig_catalog_kernel_free(info);
			continue;
		}
		ksig_kmod_kernel *kernel = g_new0(ksig_kmod_kernel, 1);
		kernel->info = info;
		kernel->catalog = catalog;
		g_ptr_array_add(kernels, kernel);
	}
	if (kernels->len == 0) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "no kernel in the catalog%s%s (ksig kmod kernels adds one)",
			       labels ? " is called " : "", labels ? labels[0] : "");
		return NULL;
	}
	return g_steal_pointer(&kernels);
}
