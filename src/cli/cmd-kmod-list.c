/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-kmod.h"
#include "kmod/recipe.h"

#include <string.h>

static char *format_name;

static const GOptionEntry entries[] = {
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"recipe", 0},  {"version", 0}, {"license", 0},  {"kernels", 0},
	{"modules", 0}, {"source", 0},  {"measured", 0}, {"summary", KSIG_COLUMN_WIDE}};

static bool add(ksig_table *table, const char *folder, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *short_name = g_strndup(name, strlen(name) - strlen(".conf"));
	g_autoptr(ksig_recipe) recipe = ksig_recipe_read(path, error);

	if (!recipe)
		return false;
	g_autofree char *modules = g_strjoinv(" ", recipe->modules);
	const char *const cells[] = {short_name,
				     recipe->version,
				     recipe->license,
				     recipe->kernels,
				     modules,
				     recipe->source_kind,
				     recipe->measured ? recipe->measured : "not built yet",
				     recipe->summary};
	ksig_table_add(table, cells);
	return true;
}

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *recipe_files(const char *folder, GError **error)
{
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	GPtrArray *names;
	const char *name;

	if (!listing) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			       "%s: no recipes there ($KSIG_RECIPES says where)", folder);
		return NULL;
	}
	names = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(listing)))
		if (g_str_has_suffix(name, ".conf"))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_text);
	return names;
}

int ksig_command_kmod_list(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	const char *folder = g_getenv("KSIG_RECIPES");
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, "",
				"Lists the recipes, and what was built from each so far.", error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	folder = folder ? folder : KSIG_DATADIR "/recipes/kmod";
	g_autoptr(GPtrArray) names = recipe_files(folder, error);
	for (guint i = 0; names && i < names->len; i++)
		if (!add(table, folder, g_ptr_array_index(names, i), error))
			return KSIG_ERROR_INPUT;
	if (!names)
		return KSIG_ERROR_ENVIRONMENT;
	ksig_table_print(table, format, stdout);
	return 0;
}
