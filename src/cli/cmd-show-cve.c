/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig show --cve and cve show: one CVE's state at a revision; the table and exit statuses that ksig cve list
 * uses as well.
 */
#include "cli/cmd-show.h"

static const struct ksig_column columns[] = {
	{"cve", 0},
	{"state", 0},
	{"revision", 0},
	{"patch", KSIG_COLUMN_NUMBER},
	{"upstream", 0},
	{"release", 0},
	{"reason", KSIG_COLUMN_WIDE},
};

ksig_table *ksig_cve_table_new(void)
{
	return ksig_table_new(columns, G_N_ELEMENTS(columns));
}

void ksig_cve_table_add(ksig_table *table, const char *cve, const struct ksig_cve_answer *answer,
			const struct ksig_revision *revision)
{
	const struct ksig_patch *patch = answer->patch;
	g_autofree char *number = patch ? g_strdup_printf("%" G_GINT64_FORMAT, patch->id) : NULL;
	g_autofree char *name = g_ascii_strup(cve, -1);
	const char *const cells[] = {name,
				     ksig_history_cve_state_name(answer->state),
				     revision->label,
				     number,
				     patch ? patch->upstream : NULL,
				     answer->release,
				     answer->reason};

	G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(columns));
	ksig_table_add(table, cells);
}

int ksig_cve_exit_status(enum ksig_cve_state state)
{
	switch (state) {
	case KSIG_CVE_AFFECTED:
		return KSIG_ERROR_NEGATIVE;
	case KSIG_CVE_UNKNOWN:
		return KSIG_STATUS_UNKNOWN;
	default:
		return 0;
	}
}

int ksig_show_cve(ksig_catalog *catalog, const char *cve, const char *records, const char *label,
		  enum ksig_format format, GError **error)
{
	g_autoptr(ksig_revision) revision = ksig_catalog_find_revision(catalog, label, error);
	g_autoptr(ksig_cve_book) book = revision ? ksig_history_cve_book_open(catalog, error) : NULL;
	g_autoptr(ksig_cve_answer) answer = book ? ksig_history_cve_ask(book, revision, cve, records, error)
						 : NULL;

	if (!answer)
		return KSIG_ERROR_ENVIRONMENT;
	g_autoptr(ksig_table) table = ksig_cve_table_new();
	ksig_cve_table_add(table, cve, answer, revision);
	ksig_table_print(table, format, stdout);
	return ksig_cve_exit_status(answer->state);
}
