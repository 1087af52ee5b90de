/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig cve list: every CVE that patches, changelog or records name, by state. cve show CVE is ksig show
 * --cve, in cmd-show-cve.c.
 */
#include "cli/cmd-show.h"
#include "cli/cmd.h"

static char *revision, *records, *format_name, *state_name;
static gboolean open_only;

static const GOptionEntry entries[] = {
	{"revision", 'r', 0, G_OPTION_ARG_STRING, &revision, "at revision R (the last one)", "R"},
	{"open", 'o', 0, G_OPTION_ARG_NONE, &open_only, "list: those that affect it, and the unknown ones",
	 NULL},
	{"state", 0, 0, G_OPTION_ARG_STRING, &state_name,
	 "list: fixed, claimed, affected, \"not affected\" or unknown ones", "STATE"},
	{"records", 0, 0, G_OPTION_ARG_FILENAME, &records, "a copy of kernel.org's CVE records", "PATH"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static bool is_wanted(enum ksig_cve_state state)
{
	if (open_only && state != KSIG_CVE_AFFECTED && state != KSIG_CVE_UNKNOWN)
		return false;
	return !state_name || g_str_equal(state_name, ksig_history_cve_state_name(state));
}

static bool check_state(GError **error)
{
	for (enum ksig_cve_state state = 0; state_name && state < KSIG_CVE_STATES; state++)
		if (g_str_equal(state_name, ksig_history_cve_state_name(state)))
			return true;
	return !state_name ||
	       ksig_error_set(error, KSIG_ERROR_USAGE,
			      "%s: not a state; fixed, claimed, affected, \"not affected\" or unknown",
			      state_name);
}

static void say_counts(const struct ksig_revision *at, const guint *counts)
{
	ksig_print(stderr, "%s:", at->label);
	for (enum ksig_cve_state state = 0; state < KSIG_CVE_STATES; state++)
		ksig_print(stderr, " %u %s%s", counts[state], ksig_history_cve_state_name(state),
			   state + 1 < KSIG_CVE_STATES ? "," : "\n");
}

/* The worst of what is listed is the exit status. */
static int worst(const guint *counts)
{
	static const enum ksig_cve_state order[] = {KSIG_CVE_AFFECTED, KSIG_CVE_UNKNOWN};

	for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
		if (counts[order[i]] > 0 && is_wanted(order[i]))
			return ksig_cve_exit_status(order[i]);
	return 0;
}

static int do_list(ksig_catalog *catalog, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_revision) at = ksig_catalog_find_revision(catalog, revision, error);
	g_autoptr(ksig_cve_book) book = at ? ksig_history_cve_book_open(catalog, error) : NULL;
	g_autoptr(GPtrArray) verdicts = book ? ksig_history_cve_survey(book, at, records, error) : NULL;
	g_autoptr(ksig_table) table = ksig_cve_table_new();
	guint counts[KSIG_CVE_STATES] = {0};

	if (!verdicts)
		return KSIG_ERROR_ENVIRONMENT;
	for (guint i = 0; i < verdicts->len; i++) {
		const struct ksig_cve_verdict *verdict = verdicts->pdata[i];
		counts[verdict->answer->state]++;
		if (is_wanted(verdict->answer->state))
			ksig_cve_table_add(table, verdict->cve, verdict->answer, at);
	}
	if (format == KSIG_FORMAT_TEXT)
		say_counts(at, counts);
	const int status = ksig_command_answer(table, format, error);
	return status ? status : worst(counts);
}

int ksig_command_cve(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(&argc, &argv, entries, "list | show CVE",
				"Says how a revision stands to CVEs: all that patches, changelog and records "
				"name, or one.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)) || !check_state(error))
		return KSIG_ERROR_USAGE;
	const bool is_list = argc == 2 && g_str_equal(argv[1], "list");
	const bool is_show = argc == 3 && g_str_equal(argv[1], "show");
	if (!is_list && !is_show) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "what to do expected: list, or show CVE");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	if (!catalog)
		return KSIG_ERROR_ENVIRONMENT;
	return is_list ? do_list(catalog, format, error)
		       : ksig_show_cve(catalog, argv[2], records, revision, format, error);
}
