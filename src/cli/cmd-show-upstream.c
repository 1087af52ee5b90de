/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig show --against-upstream: what the vendor did differently. */
#include "cli/cmd-show.h"
#include "cli/cmd.h"

#include "history/upstream-diff.h"

static const struct ksig_column columns[] = {{"number", KSIG_COLUMN_NUMBER},
					     {"kind", 0},
					     {"subject", 0},
					     {"upstream", 0},
					     {"state", 0},
					     {"note", 0},
					     {"difference", KSIG_COLUMN_WIDE}};

static void add_row(ksig_table *table, const struct ksig_patch *patch, const struct ksig_upstream_diff *diff)
{
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, patch->id);
	const char *const cells[] = {
		number,     ksig_catalog_patch_kind_name(patch->kind),     patch->subject,
		diff->with, ksig_history_upstream_state_name(diff->state), diff->reason,
		diff->text};

	G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(columns));
	ksig_table_add(table, cells);
}

static void print(const struct ksig_patch *patch, const struct ksig_upstream_diff *diff, bool first)
{
	static const char *const words[] = {"differs", "nothing differs", "not compared"};

	ksig_print(stdout, "%spatch %" G_GINT64_FORMAT " (%s): %s\n", first ? "" : "\n", patch->id,
		   ksig_catalog_patch_kind_name(patch->kind), patch->subject);
	ksig_print(stdout, "against %s: %s%s%s\n", diff->with ? diff->with : "upstream", words[diff->state],
		   diff->reason ? ": " : "", diff->reason ? diff->reason : "");
	if (!diff->text)
		return;
	ksig_show_diff(diff->text, strlen(diff->text));
}

int ksig_show_upstream(const struct ksig_context *context, ksig_catalog *catalog, const GPtrArray *patches,
		       enum ksig_format format, GError **error)
{
	g_autoptr(ksig_store) store = ksig_tree_store_open(context->workspace, error);
	g_autoptr(ksig_upstream_bench) bench = store ? ksig_history_upstream_open(catalog, store, error)
						     : NULL;
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	unsigned compared = 0;

	for (guint i = 0; bench && i < patches->len; i++) {
		const struct ksig_patch *patch = patches->pdata[i];
		g_autoptr(ksig_upstream_diff) diff = ksig_history_upstream_compare(bench, patch, error);
		if (!diff)
			return KSIG_ERROR_ENVIRONMENT;
		compared += diff->state != KSIG_UPSTREAM_UNKNOWN;
		if (format == KSIG_FORMAT_TEXT)
			print(patch, diff, i == 0);
		else
			add_row(table, patch, diff);
	}
	if (!bench)
		return KSIG_ERROR_ENVIRONMENT;
	if (format != KSIG_FORMAT_TEXT)
		ksig_table_print(table, format, stdout);
	return compared > 0 ? 0 : KSIG_ERROR_NEGATIVE;
}
