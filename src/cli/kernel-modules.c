/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After a kernel was built: puts it into the catalog, says which external modules must be rebuilt for it, and
 * writes the plan of their builds.
 */
#include "cli/kernel-modules.h"
#include "cli/cmd-kmod.h"
#include "kmod/build.h"

/* The package of the kernel published at PATH whose name is FLAVOUR's and PART: "core", "devel". */
static char *package_of(const char *path, const ksig_flavour *flavour, const char *part, GError **error)
{
	g_autofree char *start = g_strdup_printf("%s-%s-", flavour->package, part);
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder)))
		if (g_str_has_prefix(name, start) && g_str_has_suffix(name, ".rpm"))
			return g_build_filename(path, name, NULL);
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no package %s-%s there", path, flavour->package, part);
	return NULL;
}

static void say_verdict(const ksig_kmod_result *result)
{
	const struct ksig_kmod_problem *first = result->problems->len ? result->problems->pdata[0] : NULL;
	const char *release = ksig_kmod_kernel_info(result->kernel)->release;

	if (result->verdict == KSIG_KMOD_REFUSES)
		ksig_print(stdout, "%s: must be rebuilt for %s: %s\n", result->module->name, release,
			   first ? first->message : "");
	else
		ksig_print(stdout, "%s: loads on %s as it is\n", result->module->name, release);
}

static bool say_rebuilds(GPtrArray *built, const ksig_kmod_kernel *kernel)
{
	g_autoptr(GPtrArray) results = ksig_kmod_check(built, kernel, false);

	for (guint i = 0; results && i < results->len; i++)
		say_verdict(g_ptr_array_index(results, i));
	return results != NULL;
}

/* Where modules can be built for the kernel at PATH: its devel package, unpacked in the workspace. */
static char *unpack_headers(const char *workspace, const char *path, const ksig_flavour *flavour,
			    const char *release, GError **error)
{
	g_autofree char *devel = package_of(path, flavour, "devel", error);
	g_autofree char *folder = g_build_filename(workspace, "work", "kernel", "headers", release, NULL);

	if (!devel || !ksig_directory_remove(folder, error) || !ksig_directory_make(folder, error))
		return NULL;
	return ksig_kmod_headers_unpack(devel, folder, error);
}

static bool write_plan(const char *workspace, const char *path, const ksig_flavour *flavour, GPtrArray *built,
		       ksig_kmod_kernel *kernel, const struct kernel_modules *external, GError **error)
{
	g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *headers = unpack_headers(workspace, path, flavour,
						  ksig_kmod_kernel_info(kernel)->release, error);
	g_autoptr(GPtrArray) recipes = headers ? ksig_kmod_recipe_read_all(error) : NULL;
	g_autoptr(GPtrArray) kernels = g_ptr_array_new();
	const char *const folders[] = {headers, NULL};
	const struct ksig_kmod_planning planning = {.recipes = recipes,
						    .kernels = kernels,
						    .modules = built,
						    .headers = folders,
						    .sources = (const char *const *) external->sources,
						    .program = program};

	g_ptr_array_add(kernels, kernel);
	g_autoptr(ksig_kmod_plan) plan = recipes ? ksig_kmod_plan_new(&planning, error) : NULL;
	if (!plan)
		return false;
	g_autofree char *text = ksig_kmod_plan_to_json(plan);
	ksig_command_kmod_say_left_out(plan);
	return ksig_file_write(external->plan, text, -1, 0644, error);
}

bool kernel_modules_follow(const char *workspace, const char *path, const ksig_flavour *flavour,
			   const struct kernel_modules *external, GError **error)
{
	g_autofree char *core = package_of(path, flavour, "core", error);
	g_autoptr(ksig_kmod_kernel) kernel = core ? ksig_kmod_kernel_read(core, NULL, error) : NULL;
	g_autoptr(ksig_catalog) catalog = kernel ? ksig_catalog_open(workspace, true, error) : NULL;
	g_autoptr(GPtrArray) built = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);

	if (!catalog || !ksig_kmod_kernel_store(kernel, catalog, error))
		return false;
	for (char **module = external->modules; module && *module; module++)
		if (!ksig_kmod_modules_read(*module, NULL, built, error))
			return false;
	return (built->len == 0 || say_rebuilds(built, kernel)) &&
	       (!external->plan || write_plan(workspace, path, flavour, built, kernel, external, error));
}
