/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the loader would say: load_module() of kernel/module/main.c, as of v5.14 to v6.16: architecture,
 * signature, vermagic, module_layout, then each undefined symbol, then the module's own exports.
 */
#include "kmod/kernel-internal.h"
#include "rpm/rpm.h"

#include <string.h>

/* The newest loader that was read for this, and the first that was not. */
#define LOADER_KNOWN "6.16"
#define LOADER_NEWER "6.17"

/* One module on one kernel, among its siblings. */
struct check {
	GHashTable *siblings; /* name -> ksig_module */
	GHashTable *exports;  /* symbol -> struct ksig_export of a sibling */
	const ksig_kmod_kernel *kernel;
	const struct ksig_catalog_kernel *info;
	const ksig_module *module;
	ksig_kmod_result *result;
};

static void free_problem(gpointer data)
{
	struct ksig_kmod_problem *problem = data;

	g_free(problem->symbol);
	g_free(problem->message);
	g_free(problem);
}

void ksig_kmod_result_free(ksig_kmod_result *result)
{
	if (!result)
		return;
	g_clear_pointer(&result->problems, g_ptr_array_unref);
	g_free(result);
}

static struct ksig_kmod_problem *report(struct check *check, enum ksig_kmod_problem_kind kind,
					const char *symbol, const char *format, ...) G_GNUC_PRINTF(4, 5);
static struct ksig_kmod_problem *report(struct check *check, enum ksig_kmod_problem_kind kind,
					const char *symbol, const char *format, ...)
{
	struct ksig_kmod_problem *problem = g_new0(struct ksig_kmod_problem, 1);
	const enum ksig_kmod_verdict verdict = kind == KSIG_KMOD_XZ_CHECK || kind == KSIG_KMOD_NEWER
						       ? KSIG_KMOD_LOADS
					       : kind == KSIG_KMOD_OFF_LIST ? KSIG_KMOD_UNLISTED
									    : KSIG_KMOD_REFUSES;
	va_list arguments;

	va_start(arguments, format);
	problem->message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	problem->kind = kind;
	problem->symbol = g_strdup(symbol);
	g_ptr_array_add(check->result->problems, problem);
	check->result->verdict = MAX(check->result->verdict, verdict);
	return problem;
}

/* "drivers/net/ethernet/mellanox/mlx4/mlx4_core" is the module mlx4_core. */
static char *module_of_path(const char *path)
{
	char *name = g_path_get_basename(path);

	return g_strdelimit(name, "-", '_');
}

/* same_magic(): with symbol versions, the release (the first word) does not count. */
static const char *comparable(const char *vermagic, bool versions)
{
	return versions ? vermagic + strcspn(vermagic, " ") : vermagic;
}

static void check_identity(struct check *check)
{
	const ksig_module *module = check->module;

	if (check->info->architecture && !g_str_equal(check->info->architecture, module->architecture))
		report(check, KSIG_KMOD_ARCHITECTURE, NULL, "built for %s, the kernel is %s",
		       module->architecture, check->info->architecture);
	if (!module->vermagic)
		report(check, KSIG_KMOD_VERMAGIC, NULL, "no vermagic");
	else if (check->info->vermagic &&
		 !g_str_equal(comparable(module->vermagic, module->has_versions),
			      comparable(check->info->vermagic, module->has_versions)))
		report(check, KSIG_KMOD_VERMAGIC, NULL, "version magic '%s' should be '%s'", module->vermagic,
		       check->info->vermagic);
}

/* The loader compares the size of struct module since v6.4; older kernels take what they get. */
static void check_struct(struct check *check)
{
	const size_t wanted = (size_t) check->info->struct_bytes, found = check->module->struct_bytes;

	if (wanted == 0 || found == 0 || wanted == found || !check->info->release ||
	    ksig_rpm_release_compare(check->info->release, "6.4") < 0)
		return;
	report(check, KSIG_KMOD_STRUCT_SIZE, NULL,
	       ".gnu.linkonce.this_module section size must match the kernel's built struct module size: "
	       "%zu bytes, the kernel has %zu",
	       found, wanted);
}

/* What a later kernel's loader asks may be more than what is asked here. */
static void check_age(struct check *check)
{
	if (check->info->release && ksig_rpm_release_compare(check->info->release, LOADER_NEWER) >= 0)
		report(check, KSIG_KMOD_NEWER, NULL,
		       "the kernel is newer than the loaders that are known here (up to %s): it may ask for "
		       "more",
		       LOADER_KNOWN);
}

/* lib/xz of the kernel, which unpacks modules where MODULE_DECOMPRESS is on, knows no check but CRC32. */
static void check_compression(struct check *check)
{
	const char *xz = check->module->xz_check;

	if (xz && !g_str_equal(xz, "CRC32") && !g_str_equal(xz, "none"))
		report(check, KSIG_KMOD_XZ_CHECK, NULL,
		       "compressed by xz with %s: a kernel that unpacks modules itself (MODULE_DECOMPRESS) "
		       "knows "
		       "CRC32 alone (xz --check=crc32)",
		       xz);
}

static void check_crc(struct check *check, const struct ksig_import *import, bool has_crc, uint32_t crc)
{
	if (!has_crc)
		return;
	if (!check->module->has_versions) {
		report(check, KSIG_KMOD_NO_VERSION, import->name,
		       "no symbol versions in the module, and the kernel has them");
		return;
	}
	/* Not on record: the loader warns ("no symbol version for"), and goes on. */
	if (!import->has_crc || import->crc == crc)
		return;
	const bool layout = g_str_equal(import->name, "module_layout");
	struct ksig_kmod_problem *problem = report(
		check, layout ? KSIG_KMOD_LAYOUT : KSIG_KMOD_CRC, import->name,
		"disagrees about version of symbol %s: built for 0x%08x, the kernel has 0x%08x", import->name,
		import->crc, crc);
	problem->wanted = import->crc;
	problem->found = crc;
}

/*
 * EXPORT_SYMBOL_FOR_MODULES() of v6.16 exports into a namespace "module:NAME,NAME": it is imported by being
 * one of these modules, and by nothing else; a name that ends in '*' is a prefix (verify_module_namespace()).
 */
static bool is_named(const char *list, const char *module)
{
	g_auto(GStrv) names = g_strsplit(list, ",", -1);
	g_autofree char *wanted = g_strdelimit(g_strdup(module), "-", '_');

	for (char **name = names; *name; name++) {
		const size_t length = strlen(*name);
		const bool prefix = length > 0 && (*name)[length - 1] == '*';
		g_strdelimit(*name, "-", '_');
		if (prefix ? strncmp(*name, wanted, length - 1) == 0 : g_str_equal(*name, wanted))
			return true;
	}
	return false;
}

static bool imports_namespace(const ksig_module *module, const char *name)
{
	if (g_str_has_prefix(name, "module:"))
		return is_named(name + strlen("module:"), module->name);
	for (guint i = 0; i < module->namespaces->len; i++)
		if (g_str_equal(g_ptr_array_index(module->namespaces, i), name))
			return true;
	return false;
}

static void check_found(struct check *check, const struct ksig_import *import, bool gpl_only,
			const char *symbol_namespace)
{
	if (gpl_only && !ksig_elf_module_is_gpl(check->module))
		report(check, KSIG_KMOD_GPL, import->name,
		       "unknown symbol %s: for GPL modules only, the licence is %s", import->name,
		       check->module->license ? check->module->license : "not given");
	if (symbol_namespace && *symbol_namespace && !imports_namespace(check->module, symbol_namespace))
		report(check, KSIG_KMOD_NAMESPACE, import->name,
		       g_str_has_prefix(symbol_namespace, "module:")
			       ? "symbol %s is for other modules alone: %s"
			       : "symbol %s is in the namespace %s, which is not imported",
		       import->name, symbol_namespace);
}

/* The symbol as the kernel has it, unless a sibling takes the place of the module that exports it. */
static bool find_in_kernel(struct check *check, const char *name, struct ksig_catalog_symbol *out)
{
	if (!ksig_kmod_kernel_find(check->kernel, name, out))
		return false;
	g_autofree char *owner = module_of_path(out->module);
	if (g_hash_table_contains(check->siblings, owner)) {
		ksig_catalog_symbol_clear(out);
		return false;
	}
	return true;
}

static void check_import(struct check *check, const struct ksig_import *import)
{
	const struct ksig_export *sibling = g_hash_table_lookup(check->exports, import->name);
	struct ksig_catalog_symbol symbol = {0};

	if (sibling) {
		check_found(check, import, sibling->gpl_only, sibling->symbol_namespace);
		check_crc(check, import, sibling->has_crc, sibling->crc);
		return;
	}
	if (!find_in_kernel(check, import->name, &symbol)) {
		if (!import->weak)
			report(check, KSIG_KMOD_MISSING, import->name, "unknown symbol %s", import->name);
		return;
	}
	check_found(check, import, symbol.gpl_only, symbol.symbol_namespace);
	check_crc(check, import, symbol.has_crc, symbol.crc);
	if (check->info->has_stable && !symbol.stable)
		report(check, KSIG_KMOD_OFF_LIST, import->name, "%s is not on the stable list", import->name);
	ksig_catalog_symbol_clear(&symbol);
}

static void check_layout(struct check *check, const struct ksig_import *import)
{
	struct ksig_catalog_symbol symbol = {0};

	if (!ksig_kmod_kernel_find(check->kernel, import->name, &symbol))
		return;
	check_crc(check, import, symbol.has_crc, symbol.crc);
	ksig_catalog_symbol_clear(&symbol);
}

static void check_exports(struct check *check)
{
	for (guint i = 0; i < check->module->exports->len; i++) {
		const struct ksig_export *export = g_ptr_array_index(check->module->exports, i);
		struct ksig_catalog_symbol symbol = {0};
		if (!find_in_kernel(check, export->name, &symbol))
			continue;
		if (g_str_equal(symbol.module, "vmlinux"))
			report(check, KSIG_KMOD_DUPLICATE, export->name,
			       "exports duplicate symbol %s (owned by kernel)", export->name);
		ksig_catalog_symbol_clear(&symbol);
	}
}

static void check_module(struct check *check, bool signed_only)
{
	const ksig_module *module = check->module;

	check_age(check);
	check_compression(check);
	check_identity(check);
	check_struct(check);
	if (signed_only && !module->signature.present)
		report(check, KSIG_KMOD_SIGNATURE, NULL, "not signed");
	for (guint i = 0; i < module->imports->len; i++) {
		const struct ksig_import *import = g_ptr_array_index(module->imports, i);
		if (g_str_equal(import->name, "module_layout"))
			check_layout(check, import);
		else if (import->undefined)
			check_import(check, import);
	}
	check_exports(check);
}

static ksig_kmod_result *result_of(GPtrArray *results, const char *name)
{
	for (guint i = 0; i < results->len; i++) {
		ksig_kmod_result *result = g_ptr_array_index(results, i);
		if (g_str_equal(result->module->name, name))
			return result;
	}
	return NULL;
}

/* A module whose sibling is refused has nobody to give it its symbols; a chain of N takes N rounds. */
static void spread_refusals(struct check *check, GPtrArray *results)
{
	bool again = true;

	while (again) {
		again = false;
		for (guint i = 0; i < results->len; i++) {
			check->result = g_ptr_array_index(results, i);
			const GPtrArray *depends = check->result->module->depends;
			for (guint k = 0; check->result->verdict != KSIG_KMOD_REFUSES && k < depends->len;
			     k++) {
				const char *name = g_ptr_array_index(depends, k);
				const ksig_kmod_result *needed = result_of(results, name);
				if (!needed || needed->verdict != KSIG_KMOD_REFUSES)
					continue;
				report(check, KSIG_KMOD_DEPENDENCY, name, "needs %s, which is refused", name);
				again = true;
			}
		}
	}
}

static void index_siblings(struct check *check, GPtrArray *modules)
{
	for (guint i = 0; i < modules->len; i++) {
		const ksig_module *module = g_ptr_array_index(modules, i);
		g_hash_table_insert(check->siblings, module->name, (gpointer) module);
		for (guint k = 0; k < module->exports->len; k++) {
			struct ksig_export *export = g_ptr_array_index(module->exports, k);
			g_hash_table_insert(check->exports, export->name, export);
		}
	}
}

GPtrArray *ksig_kmod_check(GPtrArray *modules, const ksig_kmod_kernel *kernel, bool signed_only)
{
	GPtrArray *results = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_result_free);
	g_autoptr(GHashTable) siblings = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) exports = g_hash_table_new(g_str_hash, g_str_equal);
	struct check check = {.siblings = siblings,
			      .exports = exports,
			      .kernel = kernel,
			      .info = ksig_kmod_kernel_info(kernel)};

	index_siblings(&check, modules);
	for (guint i = 0; i < modules->len; i++) {
		check.module = g_ptr_array_index(modules, i);
		check.result = g_new0(ksig_kmod_result, 1);
		check.result->module = check.module;
		check.result->kernel = kernel;
		check.result->problems = g_ptr_array_new_with_free_func(free_problem);
		g_ptr_array_add(results, check.result);
		check_module(&check, signed_only);
	}
	spread_refusals(&check, results);
	return results;
}
