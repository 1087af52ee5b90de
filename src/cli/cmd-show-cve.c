/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-show.h"

#include "history/history.h"

static const struct ksig_column columns[] = {
	{"cve", 0},      {"state", 0},
	{"revision", 0}, {"patch", KSIG_COLUMN_NUMBER},
	{"upstream", 0}, {"reason", KSIG_COLUMN_WIDE},
};

static void print(const char *cve, const struct ksig_cve_answer *answer, const struct ksig_revision *revision,
		  enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	const struct ksig_patch *patch = answer->patch;
	g_autofree char *number = patch ? g_strdup_printf("%" G_GINT64_FORMAT, patch->id) : NULL;
	g_autofree char *name = g_ascii_strup(cve, -1);
	const char *const cells[] = {name,
				     ksig_history_cve_state_name(answer->state),
				     revision->label,
				     number,
				     patch ? patch->upstream : NULL,
				     answer->reason};

	ksig_table_add(table, cells);
	ksig_table_print(table, format, stdout);
}

int ksig_show_cve(ksig_catalog *catalog, const char *cve, const char *records, const char *label,
		  enum ksig_format format, GError **error)
{
	g_autoptr(ksig_revision) revision = ksig_catalog_find_revision(catalog, label, error);
	g_autoptr(ksig_cve_answer)
		answer = revision ? ksig_history_cve_ask(catalog, revision, cve, records, error) : NULL;

	if (!answer)
		return KSIG_ERROR_ENVIRONMENT;
	print(cve, answer, revision, format);
	return answer->state == KSIG_CVE_FIXED || answer->state == KSIG_CVE_NOT_AFFECTED
		       ? 0
		       : KSIG_ERROR_NEGATIVE;
}
