/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kmod plan: for each recipe and kernel whether a build still loads, and the builds that are needed, in
 * order; as JSON it is a plan that ksig engine run takes.
 */
#include "cli/cmd-kmod.h"
#include "kmod/plan.h"

#include <errno.h>
#include <string.h>

static char **kernel_names, **built, **headers, **sources;
static char *target, *srpms, *format_name;
static gboolean exit_code;

static const GOptionEntry entries[] = {
	{"kernel", 'k', 0, G_OPTION_ARG_STRING_ARRAY, &kernel_names,
	 "a kernel: its label in the catalog, a package, a folder, a symvers file (all of the catalog)",
	 "KERNEL"},
	{"built", 'b', 0, G_OPTION_ARG_FILENAME_ARRAY, &built,
	 "what has been built: packages or modules, or folders of them", "FILE|DIR"},
	{"headers", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &headers, "a kernel's build folder, for the jobs",
	 "DIR"},
	{"source", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &sources,
	 "a source, for the jobs: of one recipe, or of those that take a kernel's", "[RECIPE=]FILE|DIR"},
	{"target", 0, 0, G_OPTION_ARG_STRING, &target, "Koji's build target, for the jobs", "TARGET"},
	{"srpms", 0, 0, G_OPTION_ARG_FILENAME, &srpms,
	 "with --target: where 'ksig kmod build --source-only' put its packages (.)", "DIR"},
	{"exit-code", 0, 0, G_OPTION_ARG_NONE, &exit_code, "exit status 1 if there is something to build",
	 NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name,
	 "text, json (what 'ksig engine run' and 'ksig kmod build --plan' take) or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"recipe", 0}, {"kernel", 0}, {"need", 0}, {"by", 0}, {"reason", KSIG_COLUMN_WIDE}};

static void print_rows(const ksig_kmod_plan *plan, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < plan->rows->len; i++) {
		const struct ksig_kmod_plan_row *row = g_ptr_array_index(plan->rows, i);
		const char *const cells[] = {row->recipe->name, ksig_kmod_kernel_info(row->kernel)->label,
					     ksig_kmod_need_name(row->need), row->by, row->reason};
		ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
}

static void print_builds(const ksig_kmod_plan *plan)
{
	for (guint i = 0; i < plan->builds->len; i++) {
		const struct ksig_kmod_plan_build *build = g_ptr_array_index(plan->builds, i);
		ksig_print(stdout, "%u. build %s:", i + 1, build->name);
		for (guint k = 0; k < build->order->len; k++)
			ksig_print(stdout, " %s", (const char *) g_ptr_array_index(build->order, k));
		ksig_print(stdout, "; serves");
		for (guint k = 0; k < build->serves->len; k++)
			ksig_print(stdout, " %s", (const char *) g_ptr_array_index(build->serves, k));
		ksig_print(stdout, "\n");
	}
	ksig_print(stdout, "%u %s in place of %u: %u saved\n", plan->builds->len,
		   plan->builds->len == 1 ? "build" : "builds", plan->all, plan->all - plan->builds->len);
}

void ksig_command_kmod_say_left_out(const ksig_kmod_plan *plan)
{
	for (guint i = 0; i < plan->builds->len; i++) {
		const struct ksig_kmod_plan_build *build = g_ptr_array_index(plan->builds, i);
		if (!ksig_kmod_plan_is_runnable(build))
			ksig_print(stderr, "%s: no job: its %s is not given\n", build->name,
				   build->headers ? "source (--source)"
						  : "kernel's build folder (--headers)");
	}
}

static GPtrArray *recipes_named(int argc, char **argv, GError **error)
{
	g_autoptr(GPtrArray) recipes = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_recipe_free);

	if (argc == 1)
		return ksig_kmod_recipe_read_all(error);
	for (int i = 1; i < argc; i++) {
		ksig_recipe *recipe = ksig_kmod_recipe_find(argv[i], error);
		if (!recipe)
			return NULL;
		g_ptr_array_add(recipes, recipe);
	}
	return g_steal_pointer(&recipes);
}

/* "RECIPE=PATH" names one of RECIPES, and each path is there. */
static bool check_sources(const GPtrArray *recipes, GError **error)
{
	for (char **source = sources; source && *source; source++) {
		const char *equals = strchr(*source, '=');
		g_autofree char *name = equals ? g_strndup(*source, (gsize) (equals - *source)) : NULL;
		bool is_one = !name;
		for (guint i = 0; i < recipes->len && !is_one; i++)
			is_one = ksig_kmod_recipe_is_named(recipes->pdata[i], name, recipes);
		if (!is_one)
			return ksig_error_set(error, KSIG_ERROR_USAGE, "--source %s: no recipe %s is planned",
					      *source, name);
		if (!g_file_test(equals ? equals + 1 : *source, G_FILE_TEST_EXISTS))
			return ksig_error_errno(error, ENOENT, "%s", equals ? equals + 1 : *source);
	}
	return true;
}

static int run(struct ksig_context *context, int argc, char **argv, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_catalog) catalog = NULL;
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);
	g_autoptr(GPtrArray) recipes = recipes_named(argc, argv, error);
	g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);

	if (!recipes || !check_sources(recipes, error))
		return KSIG_ERROR_INPUT;
	for (char **path = built; path && *path; path++)
		if (!ksig_kmod_modules_read(*path, NULL, modules, error))
			return KSIG_ERROR_INPUT;
	g_autoptr(GPtrArray)
		kernels = ksig_command_kmod_kernels_named(context->workspace, kernel_names, &catalog, error);
	if (!kernels)
		return KSIG_ERROR_INPUT;
	const struct ksig_kmod_planning planning = {.recipes = recipes,
						    .kernels = kernels,
						    .modules = modules,
						    .headers = (const char *const *) headers,
						    .sources = (const char *const *) sources,
						    .program = program,
						    .target = target,
						    .srpms = srpms};
	g_autoptr(ksig_kmod_plan) plan = ksig_kmod_plan_new(&planning, error);
	if (!plan)
		return KSIG_ERROR_INPUT;
	if (format == KSIG_FORMAT_JSON) {
		g_autofree char *text = ksig_kmod_plan_to_json(plan);
		puts(text);
		ksig_command_kmod_say_left_out(plan);
	} else {
		print_rows(plan, format);
	}
	if (format == KSIG_FORMAT_TEXT)
		print_builds(plan);
	return exit_code && plan->builds->len > 0 ? KSIG_ERROR_NEGATIVE : 0;
}

int ksig_command_kmod_plan(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(&argc, &argv, entries, "[RECIPE…]",
				"Says for each recipe and kernel whether what has been built still loads, or "
				"what is to be "
				"built,\n"
				"with the fewest builds that serve all kernels, in order.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	return run(context, argc, argv, format, error);
}
