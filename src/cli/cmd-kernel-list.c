/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kernel list: kernel.org's longterm series with their newest release and the days until maintenance
 * ends.
 */
#include "cli/cmd-kernel.h"
#include "kernel/kernel.h"

static char *releases_location, *lifespans_file, *format_name, *date_text;

static const GOptionEntry entries[] = {
	{"releases", 0, 0, G_OPTION_ARG_STRING, &releases_location,
	 "releases.json: a file or URL (kernel.org's)", "LOCATION"},
	{"lifespans", 'l', 0, G_OPTION_ARG_FILENAME, &lifespans_file, "when maintenance ends, as data",
	 "FILE"},
	{"date", 0, 0, G_OPTION_ARG_STRING, &date_text, "days left as of this day (today)", "YYYY-MM-DD"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"series", 0}, {"newest", 0}, {"released", 0},
	{"first", 0},  {"end", 0},    {"days_left", KSIG_COLUMN_NUMBER},
	{"state", 0},
};

static bool parse_today(GDate *out_today, GError **error)
{
	int year, month, day;
	char rest;

	if (!date_text) {
		g_date_set_time_t(out_today, time(NULL));
		return true;
	}
	if (sscanf(date_text, "%4d-%2d-%2d%c", &year, &month, &day, &rest) != 3 ||
	    !g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--date %s: YYYY-MM-DD expected", date_text);
	g_date_set_dmy(out_today, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
	return true;
}

static void add_row(ksig_table *table, const struct ksig_series *series)
{
	const struct ksig_lifespan *lifespan = series->lifespan;
	char first[32] = "", end[32] = "", days[32] = "";

	if (lifespan) {
		g_date_strftime(first, sizeof(first), "%F", &lifespan->first);
		g_date_strftime(end, sizeof(end), "%F", &lifespan->end);
		g_snprintf(days, sizeof(days), "%d", series->days_left);
	}
	const char *const cells[] = {series->series,
				     series->newest ? series->newest->version : NULL,
				     series->newest ? series->newest->released : NULL,
				     lifespan ? first : NULL,
				     lifespan ? end : NULL,
				     lifespan ? days : NULL,
				     series->state};
	ksig_table_add(table, cells);
}

int ksig_command_kernel_list(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	GDate today = {0};

	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, "",
				"Lists the longterm series of kernel.org and how long each is maintained.",
				error) ||
	    !ksig_format_parse(format_name ? format_name : "text", &format, error) ||
	    !parse_today(&today, error))
		return KSIG_ERROR_USAGE;
	g_autoptr(GPtrArray) releases = ksig_kernel_releases_load(
		releases_location ? releases_location : "https://www.kernel.org/releases.json", error);
	g_autoptr(GPtrArray) lifespans = releases ? ksig_kernel_lifespans_load(lifespans_file, error) : NULL;
	if (!lifespans)
		return KSIG_ERROR_ENVIRONMENT;
	g_autoptr(GArray) list = ksig_kernel_series_list(releases, lifespans, &today);
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	for (guint i = 0; i < list->len; i++)
		add_row(table, &g_array_index(list, struct ksig_series, i));
	return ksig_command_answer(table, format, error);
}
