/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig live plan: fixes between the running revision and the newest with the verdict live, try, rework or
 * reboot, and the reasons.
 */
#include "cli/cmd-live.h"
#include "live/plan.h"

static char *format_name;
static char *columns;
static struct ksig_live_plan_options options;
static gboolean all;

static const GOptionEntry entries[] = {
	{"all", 'a', 0, G_OPTION_ARG_NONE, &all, "also patches that name no CVE", NULL},
	{"arch", 0, 0, G_OPTION_ARG_STRING, &options.architecture,
	 "the kernel's, as below arch/ or RPM's (x86)", "ARCH"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{"columns", 'c', 0, G_OPTION_ARG_STRING, &columns, "which ones, in which order", "NAMES"},
	{NULL},
};

static const struct ksig_column table_columns[] = {
	{"rank", KSIG_COLUMN_NUMBER},
	{"verdict", 0},
	{"patch", KSIG_COLUMN_NUMBER},
	{"cves", 0},
	{"severity", 0},
	{"hint", 0},
	{"files", KSIG_COLUMN_NUMBER},
	{"lines", KSIG_COLUMN_NUMBER},
	{"upstream", 0},
	{"subject", 0},
	{"reasons", KSIG_COLUMN_WIDE},
};
static const char text_columns[] = "rank,verdict,patch,cves,severity,subject,reasons";

static char *joined(const GPtrArray *words)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < words->len; i++)
		g_string_append_printf(text, "%s%s", i ? " | " : "", (const char *) words->pdata[i]);
	return g_string_free(text, FALSE);
}

static void add_row(ksig_table *table, guint rank, const struct ksig_live_plan_item *item)
{
	g_autofree char *rank_text = g_strdup_printf("%u", rank);
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, item->patch->id);
	g_autofree char *cves = g_strjoinv(" ", item->cves);
	g_autofree char *files = g_strdup_printf("%u", item->judgement->files);
	g_autofree char *lines = g_strdup_printf("%u", item->judgement->lines);
	g_autofree char *reasons = joined(item->judgement->reasons);
	const char *const cells[] = {
		rank_text,
		ksig_live_verdict_name(item->judgement->verdict),
		number,
		cves,
		ksig_history_severity_name(item->severity),
		item->severity_word,
		files,
		lines,
		item->patch->upstream,
		item->patch->subject,
		reasons,
	};

	G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(table_columns));
	ksig_table_add(table, cells);
}

static void say_rest(const ksig_live_plan_rest *rest)
{
	g_autoptr(GString) cves = g_string_new(NULL);

	for (guint i = 0; i < rest->cves->len; i++)
		g_string_append_printf(cves, "%s%s", i ? ", " : "", (const char *) rest->cves->pdata[i]);
	if (rest->cves->len > 0)
		ksig_print(stderr,
			   "the changelog names %s with changes of which no patch is known: the plan has "
			   "none, or "
			   "not all, of their fixes\n",
			   cves->str);
	if (rest->releases)
		ksig_print(stderr, "%u upstream releases lie between: what they fix is not in the plan\n",
			   rest->releases);
}

static void say_counts(const GPtrArray *items)
{
	guint counts[KSIG_LIVE_REBOOT + 1] = {0};

	for (guint i = 0; i < items->len; i++)
		counts[((const struct ksig_live_plan_item *) items->pdata[i])->judgement->verdict]++;
	ksig_print(stderr,
		   "%u live, %u to be tried, %u to be reworked, %u need a reboot, %u change no code\n",
		   counts[KSIG_LIVE_LIKELY], counts[KSIG_LIVE_TRY], counts[KSIG_LIVE_REWORK],
		   counts[KSIG_LIVE_REBOOT], counts[KSIG_LIVE_NOTHING]);
}

int ksig_command_live_plan(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	g_auto(ksig_live_plan_rest) rest = {0};

	if (!ksig_command_parse(&argc, &argv, entries, "[RUNNING [NEWEST]]",
				"Which security fixes of a breakdown can be delivered live, best first.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc > 3) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "at most two revisions expected");
		return KSIG_ERROR_USAGE;
	}
	options.running = argc > 1 ? argv[1] : NULL;
	options.newest = argc > 2 ? argv[2] : NULL;
	options.all = all;
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autoptr(ksig_store) store = catalog ? ksig_tree_store_open(context->workspace, error) : NULL;
	g_autoptr(GPtrArray) items = store ? ksig_live_plan(catalog, store, &options, &rest, error) : NULL;
	g_autoptr(ksig_table) table = ksig_table_new(table_columns, G_N_ELEMENTS(table_columns));
	if (!items || !ksig_table_select(table,
					 columns                      ? columns
					 : format == KSIG_FORMAT_TEXT ? text_columns
								      : NULL,
					 error))
		return KSIG_ERROR_ENVIRONMENT;
	for (guint i = 0; i < items->len; i++)
		add_row(table, i + 1, items->pdata[i]);
	const int status = ksig_command_answer(table, format, error);
	say_counts(items);
	say_rest(&rest);
	return status;
}
