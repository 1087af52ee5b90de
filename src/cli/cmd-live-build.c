/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig live build: the module for one kernel from patch files, or from the breakdown by CVE or patch number;
 * prints the time of each step.
 */
#include "cli/cmd-live.h"
#include "base/json-write.h"
#include "live/live.h"
#include "live/plan.h"

#include <json-glib/json-glib.h>

static char *format_name;
static struct ksig_live_build_options options;
static gboolean no_replace;
static char **cves, **numbers;

static const GOptionEntry entries[] = {
	{"way", 0, 0, G_OPTION_ARG_STRING, &options.way, "fast, kpatch-build or klp-build (what fits)",
	 "WAY"},
	{"tree", 't', 0, G_OPTION_ARG_FILENAME, &options.tree, "the kernel's source", "DIR"},
	{"config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config, "its configuration (DIR/.config)", "FILE"},
	{"release", 0, 0, G_OPTION_ARG_STRING, &options.release, "its release (as vmlinux says)", "RELEASE"},
	{"vmlinux", 0, 0, G_OPTION_ARG_FILENAME, &options.vmlinux, "its vmlinux with debug information",
	 "FILE"},
	{"symvers", 0, 0, G_OPTION_ARG_FILENAME, &options.symvers, "its Module.symvers", "FILE"},
	{"modules", 0, 0, G_OPTION_ARG_FILENAME, &options.modules, "where its modules are", "DIR"},
	{"debug", 0, 0, G_OPTION_ARG_FILENAME, &options.debug, "where their debug files are", "DIR"},
	{"cve", 0, 0, G_OPTION_ARG_STRING_ARRAY, &cves,
	 "the breakdown's patches that fix it; may be repeated", "CVE"},
	{"patch", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &numbers, "a patch of the breakdown; may be repeated",
	 "PATCH"},
	{"name", 'n', 0, G_OPTION_ARG_STRING, &options.name, "of the live patch", "NAME"},
	{"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, "where it goes (.)", "DIR"},
	{"tools", 0, 0, G_OPTION_ARG_FILENAME, &options.tools, "where create-diff-object is", "DIR"},
	{"hook", 0, 0, G_OPTION_ARG_FILENAME, &options.hook, "where kpatch's patch-hook.c is", "DIR"},
	{"sign-key", 0, 0, G_OPTION_ARG_FILENAME, &options.sign_key, "sign the module with it", "FILE"},
	{"sign-certificate", 0, 0, G_OPTION_ARG_FILENAME, &options.sign_certificate, "its certificate",
	 "FILE"},
	{"no-replace", 0, 0, G_OPTION_ARG_NONE, &no_replace, "do not replace what was applied before", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text or json", "FORMAT"},
	{NULL},
};

static void print_json(const struct ksig_live_built *built)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	const char *const names[] = {"way", "module", "release", "build_id", "compiler"};
	const char *const values[] = {built->way, built->module, built->release, built->build_id,
				      built->compiler};

	json_builder_begin_object(builder);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		ksig_json_add(builder, names[i], values[i]);
	ksig_json_add_list(builder, "patches", options.patches);
	ksig_json_add_if(builder, "fallback", built->fallback);
	ksig_json_add_number(builder, "functions_compared", built->compared);
	ksig_json_add_number(builder, "functions_equal", built->proved);
	json_builder_set_member_name(builder, "seconds");
	json_builder_begin_object(builder);
	for (guint i = 0; i < built->steps->len; i++) {
		const struct ksig_live_step *step = g_ptr_array_index(built->steps, i);
		ksig_json_add_real(builder, step->name, step->seconds);
	}
	json_builder_end_object(builder);
	json_builder_end_object(builder);
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	g_autofree char *text = json_to_string(root, TRUE);
	puts(text);
}

static void print_text(const struct ksig_live_built *built)
{
	double sum = 0;

	ksig_print(stdout, "%s  for %s, build id %s\n", built->module, built->release, built->build_id);
	if (built->fallback)
		ksig_print(stdout, "by %s, since %s\n", built->way, built->fallback);
	if (built->compared)
		ksig_print(stdout, "source: %u of %u functions equal to the kernel's\n", built->proved,
			   built->compared);
	for (guint i = 0; i < built->steps->len; i++) {
		const struct ksig_live_step *step = g_ptr_array_index(built->steps, i);
		ksig_print(stdout, "%-12s %6.1f s\n", step->name, step->seconds);
		sum += step->seconds;
	}
	ksig_print(stdout, "%-12s %6.1f s\n", "all", sum);
}

/* Paths of all patches: first those out of the breakdown, which go to OUTPUT/patches, then ARGUMENTS. */
static GPtrArray *gather(struct ksig_context *context, char **arguments, GError **error)
{
	g_autoptr(GPtrArray) paths = NULL;
	g_autofree char *folder = g_build_filename(options.output, "patches", NULL);

	if (cves || numbers) {
		g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
		g_autoptr(ksig_store) store = catalog ? ksig_tree_store_open(context->workspace, error)
						      : NULL;
		paths = store && ksig_directory_make(folder, error)
				? ksig_live_patches_write(catalog, store, (const char *const *) numbers,
							  (const char *const *) cves, folder, error)
				: NULL;
		if (!paths)
			return NULL;
	} else {
		paths = g_ptr_array_new_with_free_func(g_free);
	}
	for (; *arguments; arguments++)
		g_ptr_array_add(paths, g_strdup(*arguments));
	g_ptr_array_add(paths, NULL);
	return g_steal_pointer(&paths);
}

int ksig_command_live_build(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(&argc, &argv, entries, "--tree DIR --vmlinux FILE --name NAME [PATCH…]",
				"Makes a live patch of patches, for exactly one kernel.", error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (!options.tree || !options.vmlinux || !options.name || (argc < 2 && !cves && !numbers)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "--tree, --vmlinux, --name and a patch are needed");
		return KSIG_ERROR_USAGE;
	}
	if (!options.output)
		options.output = ".";
	options.no_replace = no_replace;
	g_autoptr(GPtrArray) patches = gather(context, argv + 1, error);
	if (!patches)
		return KSIG_ERROR_NEGATIVE;
	options.patches = (const char *const *) patches->pdata;
	g_autoptr(ksig_live_built) built = ksig_live_build(&options, error);
	if (!built)
		return KSIG_ERROR_NEGATIVE;
	if (format == KSIG_FORMAT_JSON)
		print_json(built);
	else
		print_text(built);
	return 0;
}
