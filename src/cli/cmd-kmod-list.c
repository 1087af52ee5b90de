/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig kmod list: the recipes, with what was measured of each and where users get the module elsewhere. */
#include "cli/cmd-kmod.h"
#include "kmod/recipe.h"

#include <string.h>

static char *format_name;

static const GOptionEntry entries[] = {
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"recipe", 0}, {"version", 0},  {"license", 0},    {"kernels", 0},   {"modules", 0},
	{"source", 0}, {"measured", 0}, {"maintainer", 0}, {"elsewhere", 0}, {"summary", KSIG_COLUMN_WIDE}};

static void add(ksig_table *table, const ksig_recipe *recipe)
{
	g_autofree char *file = g_path_get_basename(recipe->path);
	g_autofree char *short_name = g_strndup(file, strlen(file) - strlen(".conf"));
	g_autofree char *modules = g_strjoinv(" ", recipe->modules);
	const char *const cells[] = {short_name,
				     recipe->version,
				     recipe->license,
				     recipe->kernels,
				     modules,
				     recipe->source_kind,
				     recipe->measured ? recipe->measured : "not built yet",
				     recipe->maintainer ? recipe->maintainer : "nobody yet",
				     recipe->elsewhere ? recipe->elsewhere : "",
				     recipe->summary};

	ksig_table_add(table, cells);
}

/* Recipes that would be in each other's way. */
static void say_rivals(const GPtrArray *recipes)
{
	for (guint i = 0; i < recipes->len; i++)
		for (guint k = i + 1; k < recipes->len; k++) {
			const ksig_recipe *recipe = recipes->pdata[i], *other = recipes->pdata[k];
			g_autofree char *rivalry = ksig_kmod_recipe_overlaps(recipe, other)
							   ? ksig_kmod_recipe_rivalry(recipe, other)
							   : NULL;
			if (rivalry)
				ksig_print(stderr, "%s to kernels that both are for\n", rivalry);
		}
}

int ksig_command_kmod_list(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	(void) context;
	if (!ksig_command_parse(
		    &argc, &argv, entries, "",
		    "Lists the recipes: what was built from each so far, who maintains it, and where users\n"
		    "get the module today.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	g_autoptr(GPtrArray) recipes = ksig_kmod_recipe_read_all(error);
	if (!recipes)
		return KSIG_ERROR_INPUT;
	for (guint i = 0; i < recipes->len; i++)
		add(table, g_ptr_array_index(recipes, i));
	say_rivals(recipes);
	return ksig_command_answer(table, format, error);
}
