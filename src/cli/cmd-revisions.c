/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig revisions: a row a revision, the base first; patches that came in with it, lines changed and
 * explained.
 */
#include "cli/cmd.h"

#include "catalog/catalog.h"

static char *format_name;
static char *columns;

static const GOptionEntry entries[] = {
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{"columns", 'c', 0, G_OPTION_ARG_STRING, &columns, "which ones, in which order", "NAMES"},
	{NULL},
};

static const struct ksig_column table_columns[] = {
	{"revision", 0},
	{"date", 0},
	{"patches", KSIG_COLUMN_NUMBER},
	{"changed", KSIG_COLUMN_NUMBER},
	{"explained", KSIG_COLUMN_NUMBER},
	{"tree", 0},
	{"argument", KSIG_COLUMN_WIDE},
};
static const char text_columns[] = "revision,date,patches,changed,explained,argument";

/* How many patches came in with it. */
static bool count_patches(ksig_catalog *catalog, int64_t revision_id, int64_t *out_count, GError **error)
{
	g_autoptr(GPtrArray) kinds = ksig_catalog_kinds(catalog, revision_id, error);

	*out_count = 0;
	for (guint i = 0; kinds && i < kinds->len; i++)
		*out_count += ((const struct ksig_kind_count *) kinds->pdata[i])->patches;
	return kinds != NULL;
}

static bool add_row(ksig_catalog *catalog, ksig_table *table, const struct ksig_revision *revision,
		    GError **error)
{
	int64_t count = 0;

	if (!count_patches(catalog, revision->id, &count, error))
		return false;
	const bool base = revision->position == 0;
	g_autofree char *patches = base ? NULL : g_strdup_printf("%" G_GINT64_FORMAT, count);
	g_autofree char *changed = base ? NULL
					: g_strdup_printf("%" G_GINT64_FORMAT, revision->changed_lines);
	g_autofree char *explained = base ? NULL
					  : g_strdup_printf("%" G_GINT64_FORMAT, revision->explained_lines);
	const char *const cells[] = {revision->label, revision->date, patches,           changed,
				     explained,       revision->tree, revision->argument};

	G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(table_columns));
	ksig_table_add(table, cells);
	return true;
}

int ksig_command_revisions(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "",
		    "Lists the revisions of the workspace, the base first: how many patches came in, and "
		    "how many lines changed and are explained by patches of an upstream.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc > 1) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: revisions takes options only", argv[1]);
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autoptr(GPtrArray) revisions = catalog ? ksig_catalog_revisions(catalog, error) : NULL;
	g_autoptr(ksig_table) table = ksig_table_new(table_columns, G_N_ELEMENTS(table_columns));
	const char *shown = columns ? columns : format == KSIG_FORMAT_TEXT ? text_columns : NULL;
	if (!revisions || !ksig_table_select(table, shown, error))
		return KSIG_ERROR_ENVIRONMENT;
	for (guint i = 0; i < revisions->len; i++)
		if (!add_row(catalog, table, revisions->pdata[i], error))
			return KSIG_ERROR_ENVIRONMENT;
	return ksig_command_answer(table, format, error);
}
