/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig compare R1 R2 or A..B: a row a patch added, dropped or reworked, and how much of the changelog is
 * accounted for. --account and --pairs are in cmd-compare-account.c.
 */
#include "cli/cmd-compare.h"
#include "cli/selection.h"

#include "history/history.h"

static char *format_name;
static char *columns;
static gboolean account, pairs;

static const GOptionEntry entries[] = {
	KSIG_SELECTION_ENTRIES,
	KSIG_SELECTION_CVE,
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{"columns", 'c', 0, G_OPTION_ARG_STRING, &columns, "which ones, in which order", "NAMES"},
	{"account", 0, 0, G_OPTION_ARG_NONE, &account,
	 "a line a subsystem: entries with and without code, changes with and without an entry", NULL},
	{"pairs", 0, 0, G_OPTION_ARG_NONE, &pairs,
	 "entries without code beside the unexplained changes that they may be about", NULL},
	{NULL},
};

static const struct ksig_column table_columns[] = {
	{"change", 0},
	{"subsystem", 0},
	{"number", KSIG_COLUMN_NUMBER},
	{"kind", 0},
	{"confidence", KSIG_COLUMN_NUMBER},
	{"source", 0},
	{"upstream", 0},
	{"subject", KSIG_COLUMN_WIDE},
	{"reason", 0},
	{"changelog", 0},
};
/* For people the reasons of drops are a column only where there are some. */
static const char text_columns[] = "change,subsystem,number,kind,subject,changelog";
static const char text_columns_dropped[] = "change,subsystem,number,kind,subject,reason,changelog";

static bool has_reasons(const GPtrArray *differences)
{
	for (guint i = 0; i < differences->len; i++)
		if (((const struct ksig_difference *) differences->pdata[i])->reason)
			return true;
	return false;
}

static const char *choose_columns(const GPtrArray *differences, enum ksig_format format)
{
	if (columns || format != KSIG_FORMAT_TEXT)
		return columns;
	return has_reasons(differences) ? text_columns_dropped : text_columns;
}

static void add_row(ksig_table *table, const struct ksig_difference *difference)
{
	const struct ksig_patch *patch = difference->patch;
	g_autofree char *number = patch ? g_strdup_printf("%" G_GINT64_FORMAT, patch->id) : NULL;
	char confidence[KSIG_SHARE_BYTES];
	const char *const cells[] = {
		ksig_history_difference_kind_name(difference->kind),
		difference->subsystem,
		number,
		patch ? ksig_catalog_patch_kind_name(patch->kind) : NULL,
		patch ? ksig_share(confidence, patch->confidence) : NULL,
		patch ? patch->source : NULL,
		patch ? patch->upstream : NULL,
		patch ? patch->subject : NULL,
		difference->reason,
		difference->entry,
	};

	G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(table_columns));
	ksig_table_add(table, cells);
}

static void say_counts(const GPtrArray *differences)
{
	unsigned counts[KSIG_DIFFERENCE_ANNOUNCED + 1] = {0};

	for (guint i = 0; i < differences->len; i++)
		counts[((const struct ksig_difference *) differences->pdata[i])->kind]++;
	ksig_print(stderr, "%u added, %u dropped, %u reworked, %u announced in the changelog but not found\n",
		   counts[KSIG_DIFFERENCE_ADDED], counts[KSIG_DIFFERENCE_DROPPED],
		   counts[KSIG_DIFFERENCE_REWORKED], counts[KSIG_DIFFERENCE_ANNOUNCED]);
}

/* Both sides of one question: what the changelog announced, and what was found of it. */
static bool say_share(ksig_catalog *catalog, const char *one, const char *other, GError **error)
{
	g_autoptr(ksig_revision) from = ksig_catalog_find_revision(catalog, one, error);
	g_autoptr(ksig_revision) to = from ? ksig_catalog_find_revision(catalog, other, error) : NULL;
	struct ksig_entry_counts counts = {0};

	if (!to || !ksig_catalog_count_entries(catalog, MIN(from->position, to->position),
					       MAX(from->position, to->position), &counts, error))
		return false;
	if (counts.all > 0)
		ksig_print(stderr,
			   "%" G_GINT64_FORMAT " changelog entries between them: %" G_GINT64_FORMAT
			   " have an upstream patch, %" G_GINT64_FORMAT
			   " another change (%.1f %% accounted for)\n",
			   counts.all, counts.upstream, counts.others,
			   100 * (double) (counts.upstream + counts.others) / (double) counts.all);
	return true;
}

/* The place of a difference's patch in the order of --sort and --reverse. */
static int rank(const void *difference, GHashTable *numbers)
{
	const struct ksig_patch *patch = (*(const struct ksig_difference *const *) difference)->patch;

	return GPOINTER_TO_INT(g_hash_table_lookup(numbers, &patch->id));
}

static int by_rank(const void *a, const void *b, void *numbers)
{
	return rank(a, numbers) - rank(b, numbers);
}

/* Leaves those whose patches are selected, --limit of them; what is only announced has none. */
static bool select_differences(ksig_catalog *catalog, GPtrArray *differences, GError **error)
{
	g_autoptr(GHashTable) numbers = NULL;
	const int64_t limit = ksig_selection.filter.limit;

	if (!ksig_selection_given() && !ksig_selection.at)
		return true;
	if (!ksig_selection_read(catalog, error))
		return false;
	ksig_selection.filter.limit = 0;
	if (!(numbers = ksig_selection_numbers(catalog, error)))
		return false;
	for (guint i = differences->len; i > 0; i--) {
		const struct ksig_difference *difference = differences->pdata[i - 1];
		if (!difference->patch || !g_hash_table_contains(numbers, &difference->patch->id))
			g_ptr_array_remove_index(differences, i - 1);
	}
	if (ksig_selection.filter.sort || ksig_selection.filter.reverse)
		g_ptr_array_sort_with_data(differences, by_rank, numbers);
	if (limit > 0 && differences->len > limit)
		g_ptr_array_set_size(differences, (int) limit);
	return true;
}

/* R1 and R2 of two arguments, or of A..B. */
static bool read_revisions(ksig_catalog *catalog, int argc, char **argv, char **out_one, char **out_other,
			   GError **error)
{
	if (argc == 2)
		return ksig_selection_range(catalog, argv[1], out_one, out_other, error);
	*out_one = g_strdup(argv[1]);
	*out_other = g_strdup(argv[2]);
	return true;
}

int ksig_command_compare(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(&argc, &argv, entries, "R1 R2 | A..B",
				"Says what revision R2 has and has not that R1 has, code and changelog.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc != 3 && (argc != 2 || !strstr(argv[1], ".."))) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "two revisions, or A..B, expected (see ksig compare --help)");
		return KSIG_ERROR_USAGE;
	}
	if (account + pairs > 1 || ((account || pairs) && (ksig_selection_given() || ksig_selection.at))) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "--account and --pairs: one of them expected, and no selection of patches");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autofree char *one = NULL;
	g_autofree char *other = NULL;
	if (!catalog || !read_revisions(catalog, argc, argv, &one, &other, error))
		return KSIG_ERROR_ENVIRONMENT;
	const struct compare_output output = {format, columns};
	if (account)
		return ksig_compare_account(catalog, one, other, &output, error) ? 0 : KSIG_ERROR_ENVIRONMENT;
	if (pairs) {
		g_autoptr(ksig_store) store = ksig_tree_store_open(context->workspace, error);
		return store && ksig_compare_pairs(catalog, store, one, other, &output, error)
			       ? 0
			       : KSIG_ERROR_ENVIRONMENT;
	}
	g_autoptr(GPtrArray) differences = ksig_history_revisions_compare(catalog, one, other, error);
	g_autoptr(ksig_table) table = ksig_table_new(table_columns, G_N_ELEMENTS(table_columns));
	if (!differences || !select_differences(catalog, differences, error) ||
	    !ksig_table_select(table, choose_columns(differences, format), error))
		return KSIG_ERROR_ENVIRONMENT;
	for (guint i = 0; i < differences->len; i++)
		add_row(table, differences->pdata[i]);
	if (differences->len == 0)
		return ksig_command_answer(table, format, error);
	ksig_table_print(table, format, stdout);
	say_counts(differences);
	return say_share(catalog, one, other, error) ? 0 : KSIG_ERROR_ENVIRONMENT;
}
