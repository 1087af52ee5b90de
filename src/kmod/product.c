/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a build made, judged before it is a package. modpost of older kernels only warns of a symbol that
 * nobody exports, and so does that of newer ones where it has no list of the kernel's: the module would be
 * built, and refused by every kernel.
 */
#include "kmod/product-internal.h"
#include "kmod/kernel-internal.h"

/* Not for a build to judge: these are the kernel's own word, or the signer's. */
static bool is_of_the_product(enum ksig_kmod_problem_kind kind)
{
	return kind != KSIG_KMOD_ARCHITECTURE && kind != KSIG_KMOD_VERMAGIC && kind != KSIG_KMOD_SIGNATURE &&
	       kind != KSIG_KMOD_STRUCT_SIZE && kind != KSIG_KMOD_OFF_LIST && kind != KSIG_KMOD_XZ_CHECK &&
	       kind != KSIG_KMOD_NEWER;
}

/* A symbol that the kernel gives with a version and that the module asks for without. */
static bool lacks_version(const struct ksig_import *import, const ksig_kmod_kernel *kernel)
{
	struct ksig_catalog_symbol symbol = {0};

	if (!import->undefined || import->has_crc || !ksig_kmod_kernel_find(kernel, import->name, &symbol))
		return false;
	const bool lacks = symbol.has_crc;
	ksig_catalog_symbol_clear(&symbol);
	return lacks;
}

static void add_problems(const ksig_kmod_result *result, GPtrArray *words)
{
	for (guint i = 0; i < result->problems->len; i++) {
		const struct ksig_kmod_problem *problem = g_ptr_array_index(result->problems, i);
		if (is_of_the_product(problem->kind))
			g_ptr_array_add(words,
					g_strdup_printf("%s: %s", result->module->name, problem->message));
	}
	for (guint i = 0; i < result->module->imports->len; i++) {
		const struct ksig_import *import = g_ptr_array_index(result->module->imports, i);
		if (lacks_version(import, result->kernel))
			g_ptr_array_add(words, g_strdup_printf("%s: no symbol version for %s",
							       result->module->name, import->name));
	}
}

bool ksig_kmod_product_check(const struct ksig_kmod_build *build, const GPtrArray *packages, GError **error)
{
	g_autoptr(ksig_kmod_kernel) kernel = ksig_kmod_kernel_read(build->symvers, NULL, error);
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

	if (!kernel)
		return false;
	for (guint i = 0; i < packages->len; i++)
		if (!ksig_kmod_modules_read(g_ptr_array_index(packages, i), NULL, modules, error))
			return false;
	const guint own = modules->len;
	for (const char *const *path = build->with; path && *path; path++)
		if (!ksig_kmod_modules_read(*path, NULL, modules, error))
			return false;
	g_autoptr(GPtrArray) results = ksig_kmod_check(modules, kernel, false);
	for (guint i = 0; i < own; i++)
		add_problems(g_ptr_array_index(results, i), words);
	return words->len == 0 ||
	       ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: the kernel would refuse what was built, by the symbols in %s: %s%s",
			      build->recipe->name, build->symvers, (char *) words->pdata[0],
			      words->len > 1 ? ", and more: see ksig kmod check" : "");
}
