/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig evaluate TRUTH.tsv: precision, recall and F1, and the wrong and missed commits. The counting is in
 * breakdown/evaluate.c.
 */
#include "breakdown/evaluate.h"
#include "cli/cmd.h"

enum { SHOWN = 20 };

static char *format_name;
static gboolean list_all;

static const GOptionEntry entries[] = {
	{"format", 0, 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{"all", 'a', 0, G_OPTION_ARG_NONE, &list_all, "list every wrong and missed commit, not the first 20",
	 NULL},
	{NULL},
};

static double share(uint32_t part, uint32_t whole)
{
	return whole ? (double) part / whole : 0;
}

static void print_summary(const struct ksig_evaluation *evaluation)
{
	const double precision = share(evaluation->right, evaluation->found);
	const double recall = share(evaluation->right, evaluation->truth);
	const double sum = precision + recall;

	ksig_print(stdout, "truth %u  found %u  right %u\n", evaluation->truth, evaluation->found,
		   evaluation->right);
	ksig_print(stdout, "precision %.4f  recall %.4f  F1 %.4f\n", precision, recall,
		   sum > 0 ? 2 * precision * recall / sum : 0);
	ksig_print(stdout, "revision right %u of %u (%.4f)\n\n", evaluation->revision_right,
		   evaluation->right, share(evaluation->revision_right, evaluation->right));
	puts("confidence   found  right  share");
	for (size_t b = 0; b < KSIG_EVALUATION_BANDS; b++)
		if (evaluation->bands[b].found)
			ksig_print(stdout, "from %.2f    %6u %6u  %.3f\n", evaluation->bands[b].from,
				   evaluation->bands[b].found, evaluation->bands[b].right,
				   share(evaluation->bands[b].right, evaluation->bands[b].found));
}

static void add_verdicts(ksig_table *table, const char *what, const GPtrArray *verdicts, guint limit)
{
	for (guint i = 0; i < MIN(verdicts->len, limit); i++) {
		const struct ksig_evaluation_row *verdict = verdicts->pdata[i];
		char confidence[16];
		g_snprintf(confidence, sizeof confidence, "%.3f", verdict->confidence);
		ksig_table_add(table, (const char *[]){what, verdict->upstream,
						       verdict->revision ? verdict->revision
									 : verdict->true_revision,
						       verdict->revision ? confidence : NULL,
						       verdict->subject, verdict->reason});
	}
}

static void print(const struct ksig_evaluation *evaluation, enum ksig_format format)
{
	static const struct ksig_column columns[] = {{"verdict", 0},
						     {"upstream", 0},
						     {"revision", 0},
						     {"confidence", KSIG_COLUMN_NUMBER},
						     {"subject", KSIG_COLUMN_WIDE},
						     {"reason", 0}};
	const bool text = format == KSIG_FORMAT_TEXT;
	const guint limit = text && !list_all ? SHOWN : G_MAXUINT;
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	add_verdicts(table, "wrong", evaluation->wrong, limit);
	add_verdicts(table, "missed", evaluation->missed, limit);
	if (text) {
		print_summary(evaluation);
		ksig_print(stdout, "\nwrong %u, missed %u%s\n", evaluation->wrong->len,
			   evaluation->missed->len,
			   list_all ? ":" : "; the first of each (--all lists them):");
		ksig_table_select(table, "verdict,confidence,revision,upstream,subject", NULL);
	}
	ksig_table_print(table, format, stdout);
}

int ksig_command_evaluate(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(&argc, &argv, entries, "TRUTH.tsv",
				"Scores the workspace's breakdown against known truth.", error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc != 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "one TRUTH.tsv is expected (see ksig evaluate --help)");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autoptr(ksig_evaluation) evaluation = catalog ? ksig_breakdown_evaluate(catalog, argv[1], error)
							: NULL;
	if (!evaluation)
		return ksig_error_exit_status(*error);
	print(evaluation, format);
	return 0;
}
