/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kernel bump: builds a series' newest release, puts it into the catalog, says which external modules
 * must be rebuilt for it, and writes the plan of their builds.
 */
#include "cli/kernel-arguments.h"
#include "cli/cmd-kmod.h"
#include "rpm/rpm.h"

static char **modules, **sources;
static char *plan_path;
static struct kernel_arguments arguments;

static const GOptionEntry entries[] = {
	{"modules", 'm', 0, G_OPTION_ARG_FILENAME_ARRAY, &modules,
	 "external modules, files or folders of them: say which must be rebuilt", "FILE|DIR"},
	{"plan", 'p', 0, G_OPTION_ARG_FILENAME, &plan_path,
	 "write the builds of external modules that follow, for 'ksig engine run'", "FILE.json"},
	{"source", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &sources,
	 "with --plan, a source: of one recipe, or of those that take a kernel's", "[RECIPE=]FILE|DIR"},
	KERNEL_ARGUMENT_ENTRIES(arguments),
	{NULL},
};

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

	if (!devel || !ksig_directory_remove(folder, error) || !ksig_directory_make(folder, error) ||
	    !ksig_rpm_package_unpack(devel, folder, error))
		return NULL;
	return g_build_filename(folder, "usr", "src", "kernels", release, NULL);
}

static bool write_plan(const char *workspace, const char *path, const ksig_flavour *flavour, GPtrArray *built,
		       ksig_kmod_kernel *kernel, GError **error)
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
						    .sources = (const char *const *) sources,
						    .program = program};

	g_ptr_array_add(kernels, kernel);
	g_autoptr(ksig_kmod_plan) plan = recipes ? ksig_kmod_plan_new(&planning, error) : NULL;
	if (!plan)
		return false;
	g_autofree char *text = ksig_kmod_plan_to_json(plan);
	ksig_command_kmod_say_left_out(plan);
	return ksig_file_write(plan_path, text, -1, 0644, error);
}

/* Puts the kernel into the catalog, where `ksig kmod` finds it, and says what its modules need. */
static bool follow(const char *workspace, const char *path, const ksig_flavour *flavour, GError **error)
{
	g_autofree char *core = package_of(path, flavour, "core", error);
	g_autoptr(ksig_kmod_kernel) kernel = core ? ksig_kmod_kernel_read(core, NULL, error) : NULL;
	g_autoptr(ksig_catalog) catalog = kernel ? ksig_catalog_open(workspace, true, error) : NULL;
	g_autoptr(GPtrArray) built = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);

	if (!catalog || !ksig_kmod_kernel_store(kernel, catalog, error))
		return false;
	for (char **module = modules; module && *module; module++)
		if (!ksig_kmod_modules_read(*module, NULL, built, error))
			return false;
	return (built->len == 0 || say_rebuilds(built, kernel)) &&
	       (!plan_path || write_plan(workspace, path, flavour, built, kernel, error));
}

int ksig_command_kernel_bump(struct ksig_context *context, int argc, char **argv, GError **error)
{
	g_autofree char *path = NULL;

	if (!ksig_command_parse(&argc, &argv, entries, "FLAVOUR",
				"Builds the newest release of a longterm series unless it is built already.",
				error))
		return KSIG_ERROR_USAGE;
	if (argc != 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "kernel bump: one FLAVOUR expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_flavour) flavour = ksig_kernel_flavour_load(argv[1], error);
	if (!flavour)
		return KSIG_ERROR_INPUT;
	if (flavour->kind != KSIG_FLAVOUR_LTS) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: only longterm flavours have point releases",
			       flavour->name);
		return KSIG_ERROR_USAGE;
	}
	if (!kernel_arguments_check(&arguments, flavour, error))
		return KSIG_ERROR_USAGE;
	int status = kernel_lts_newest(context->workspace, &arguments, flavour, &path, error);
	return status == 0 && !arguments.dry_run && (modules || plan_path) &&
			       !follow(context->workspace, path, flavour, error)
		       ? KSIG_ERROR_INPUT
		       : status;
}
