/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-kernel-lts.h"
#include "cli/cmd-kmod.h"

static char **modules;
static struct kernel_arguments arguments;

static const GOptionEntry entries[] = {
	{"modules", 'm', 0, G_OPTION_ARG_FILENAME_ARRAY, &modules,
	 "external modules, files or folders of them: say which must be rebuilt", "FILE|DIR"},
	KERNEL_ARGUMENT_ENTRIES(arguments),
	{NULL},
};

static bool is_core(const char *name, const char *package)
{
	g_autofree char *start = g_strconcat(package, "-core-", NULL);

	return g_str_has_prefix(name, start) && g_str_has_suffix(name, ".rpm");
}

/* The package with the symbol versions of the kernel that is published at PATH. */
static char *core_package(const char *path, const char *package, GError **error)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder)))
		if (is_core(name, package))
			return g_build_filename(path, name, NULL);
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no package %s-core there", path, package);
	return NULL;
}

static void say_verdict(const ksig_kmod_result *result)
{
	const struct ksig_kmod_problem *first = result->problems->len ? result->problems->pdata[0] : NULL;
	const char *release = ksig_kmod_kernel_info(result->kernel)->release;

	if (result->verdict == KSIG_KMOD_REFUSES)
		printf("%s: must be rebuilt for %s: %s\n", result->module->name, release,
		       first ? first->message : "");
	else
		printf("%s: loads on %s as it is\n", result->module->name, release);
}

/* Puts the kernel into the catalog, where `ksig kmod` finds it, and says which modules it refuses. */
static bool say_rebuilds(const char *workspace, const char *path, const ksig_flavour *flavour, GError **error)
{
	g_autofree char *core = core_package(path, flavour->package, error);
	g_autoptr(ksig_kmod_kernel) kernel = core ? ksig_kmod_kernel_read(core, NULL, error) : NULL;
	g_autoptr(ksig_catalog) catalog = kernel ? ksig_catalog_open(workspace, true, error) : NULL;

	if (!catalog || !ksig_kmod_kernel_store(kernel, catalog, error))
		return false;
	char *none[] = {NULL, NULL};
	for (char **module = modules; *module; module++) {
		none[1] = *module;
		g_autoptr(GPtrArray) found = ksig_command_kmod_modules(2, none, error);
		g_autoptr(GPtrArray) results = found ? ksig_kmod_check(found, kernel, false) : NULL;
		if (!results)
			return false;
		for (guint i = 0; i < results->len; i++)
			say_verdict(g_ptr_array_index(results, i));
	}
	return true;
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
	g_autoptr(ksig_flavour) flavour = ksig_flavour_load(argv[1], error);
	if (!flavour)
		return KSIG_ERROR_INPUT;
	if (flavour->kind != KSIG_FLAVOUR_LTS) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: only longterm flavours have point releases",
			       flavour->name);
		return KSIG_ERROR_USAGE;
	}
	int status = kernel_lts_newest(context->workspace, &arguments, flavour, &path, error);
	return status == 0 && modules && !say_rebuilds(context->workspace, path, flavour, error)
		       ? KSIG_ERROR_INPUT
		       : status;
}
