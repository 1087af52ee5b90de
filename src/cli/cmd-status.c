/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig status: what ksig watch saw and what became of it, as a table or as a page (--page). Live patches'
 * status on a machine is ksig live status.
 */
#include "cli/cmd.h"
#include "watch/watch.h"

static char *page, *format_name;
static gboolean all;

static const GOptionEntry entries[] = {
	{"all", 0, 0, G_OPTION_ARG_NONE, &all, "also what was there at the first look", NULL},
	{"page", 0, 0, G_OPTION_ARG_FILENAME, &page, "write a page for the site", "FILE.html"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"source", 0}, {"item", 0},    {"step", 0},
					     {"state", 0},  {"changed", 0}, {"message", KSIG_COLUMN_WIDE}};

static int print(GPtrArray *news, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < news->len; i++) {
		const struct ksig_news *row = g_ptr_array_index(news, i);
		const char *const cells[] = {row->source, row->item,    row->step,
					     row->state,  row->changed, row->message};
		if (all || !g_str_equal(row->state, "known"))
			ksig_table_add(table, cells);
	}
	return ksig_command_answer(table, format, error);
}

int ksig_command_status(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(&argc, &argv, entries, "", "Shows what ksig watch saw and what became of it.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autoptr(GPtrArray) news = catalog ? ksig_catalog_news(catalog, NULL, error) : NULL;
	if (!news)
		return KSIG_ERROR_ENVIRONMENT;
	if (page) {
		g_autofree char *html = ksig_watch_page(news);
		if (!ksig_file_write(page, html, -1, 0644, error))
			return KSIG_ERROR_ENVIRONMENT;
	}
	return print(news, format, error);
}
