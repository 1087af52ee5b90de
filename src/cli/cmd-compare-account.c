/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig compare --account, --pairs: the changelog's side and the code's side of what is open. */
#include "cli/cmd-compare.h"

#include "history/account.h"
#include "history/history.h"

static const struct ksig_column account_columns[] = {
	{"subsystem", 0},
	{"entries", KSIG_COLUMN_NUMBER},
	{"upstream", KSIG_COLUMN_NUMBER},
	{"others", KSIG_COLUMN_NUMBER},
	{"open-entries", KSIG_COLUMN_NUMBER},
	{"open-changes", KSIG_COLUMN_NUMBER},
	{"lines", KSIG_COLUMN_NUMBER},
	{"accounted", KSIG_COLUMN_NUMBER},
};

static void add_row(ksig_table *table, const struct ksig_account_row *row)
{
	const unsigned told = row->upstream + row->others;
	g_autofree char *entries = g_strdup_printf("%u", row->entries);
	g_autofree char *upstream = g_strdup_printf("%u", row->upstream);
	g_autofree char *others = g_strdup_printf("%u", row->others);
	g_autofree char *open = g_strdup_printf("%u", row->open);
	g_autofree char *remainders = g_strdup_printf("%u", row->remainders);
	g_autofree char *lines = g_strdup_printf("%" G_GINT64_FORMAT, row->lines);
	g_autofree char *share = row->entries ? g_strdup_printf("%.1f", 100.0 * told / row->entries) : NULL;
	const char *const cells[] = {row->subsystem, entries,    upstream, others,
				     open,           remainders, lines,    share};

	G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(account_columns));
	ksig_table_add(table, cells);
}

bool ksig_compare_account(ksig_catalog *catalog, const char *one, const char *other,
			  const struct compare_output *output, GError **error)
{
	g_autoptr(ksig_account) account = ksig_history_account_make(catalog, one, other, error);
	g_autoptr(ksig_table) table = ksig_table_new(account_columns, G_N_ELEMENTS(account_columns));

	if (!account || !ksig_table_select(table, output->columns, error))
		return false;
	for (guint i = 0; i < account->rows->len; i++)
		add_row(table, account->rows->pdata[i]);
	ksig_table_print(table, output->format, stdout);
	const struct ksig_account_row *all = &account->all;
	ksig_print(stderr,
		   "%u entries: %u have an upstream patch, %u another change, %u no code; %u changes "
		   "(%" G_GINT64_FORMAT " lines) have no entry\n",
		   all->entries, all->upstream, all->others, all->open, all->remainders, all->lines);
	return true;
}

static const struct ksig_column pair_columns[] = {
	{"subsystem", 0},
	{"number", KSIG_COLUMN_NUMBER},
	{"subject", KSIG_COLUMN_WIDE},
	{"release", 0},
	{"entry", 0},
	{"names", 0},
};

bool ksig_compare_pairs(ksig_catalog *catalog, const ksig_store *store, const char *one, const char *other,
			const struct compare_output *output, GError **error)
{
	unsigned absent = 0;

	if (!ksig_history_names_update(catalog, store, &absent, error))
		return false;
	g_autoptr(GPtrArray) pairs = ksig_history_likely_pairs(catalog, one, other, error);
	g_autoptr(ksig_table) table = ksig_table_new(pair_columns, G_N_ELEMENTS(pair_columns));
	if (!pairs || !ksig_table_select(table, output->columns, error))
		return false;
	for (guint i = 0; i < pairs->len; i++) {
		const struct ksig_likely_pair *pair = pairs->pdata[i];
		g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, pair->patch_id);
		const char *const cells[] = {pair->subsystem, number,      pair->subject,
					     pair->release,   pair->entry, pair->why};
		G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(pair_columns));
		ksig_table_add(table, cells);
	}
	const bool found = ksig_command_answer(table, output->format, error) == 0;
	ksig_print(stderr, "%u likely pairs of an entry without code and a change without an entry\n",
		   pairs->len);
	if (absent > 0)
		ksig_print(stderr,
			   "ksig: %u files could not be looked into: no repository has their content\n",
			   absent);
	return found;
}
