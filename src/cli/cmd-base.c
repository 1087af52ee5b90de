/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig base: which commits of the upstreams have most of a kernel's files as it has them, best first. */
#include "cli/cmd.h"
#include "upstream/nearest.h"

static char **upstreams;
static char *format_name;
static int limit = 5;

static const GOptionEntry entries[] = {
	{"upstream", 'u', 0, G_OPTION_ARG_FILENAME_ARRAY, &upstreams,
	 "a git history to look along; may be given several times", "UPSTREAM"},
	{"number", 'n', 0, G_OPTION_ARG_INT, &limit, "how many commits of each (5)", "N"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"upstream", 0},
	{"commit", 0},
	{"tag", 0},
	{"date", 0},
	{"equal", KSIG_COLUMN_NUMBER},
	{"share", KSIG_COLUMN_NUMBER},
	{"other", KSIG_COLUMN_NUMBER},
};

static int by_equal(const void *a, const void *b)
{
	const struct ksig_nearest *left = *(struct ksig_nearest *const *) a;
	const struct ksig_nearest *right = *(struct ksig_nearest *const *) b;

	if (left->equal != right->equal)
		return left->equal > right->equal ? -1 : 1;
	return left->other < right->other ? -1 : left->other > right->other;
}

static void add_row(ksig_table *table, const struct ksig_nearest *nearest)
{
	g_autofree char *equal = g_strdup_printf("%" G_GUINT64_FORMAT, nearest->equal);
	g_autofree char *other = g_strdup_printf("%" G_GUINT64_FORMAT, nearest->other);
	g_autofree char *day = g_strndup(nearest->date, strlen("2020-01-01"));
	char share[G_ASCII_DTOSTR_BUF_SIZE];
	const double part = nearest->files ? (double) nearest->equal / (double) nearest->files : 0;
	const char *const cells[] = {nearest->upstream,
				     nearest->commit,
				     nearest->tag,
				     day,
				     equal,
				     g_ascii_formatd(share, sizeof share, "%.4f", part),
				     other};

	ksig_table_add(table, cells);
}

static void free_nearest(void *nearest)
{
	ksig_upstream_nearest_free(nearest);
}

static GPtrArray *find_all(const struct ksig_context *context, const char *argument, GError **error)
{
	g_autoptr(ksig_store) store = ksig_tree_store_open(context->workspace, error);
	g_autoptr(ksig_lock) lock = store ? ksig_tree_workspace_lock(store, error) : NULL;
	g_autoptr(ksig_kernel) kernel = lock ? ksig_tree_kernel_import(store, argument, error) : NULL;
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_nearest);

	for (char **upstream = upstreams; kernel && *upstream; upstream++) {
		g_autoptr(GPtrArray) found = ksig_upstream_nearest_find(store, &kernel->tree, *upstream,
									(guint) limit, error);
		if (!found)
			return NULL;
		g_ptr_array_extend_and_steal(all, g_steal_pointer(&found));
	}
	g_ptr_array_sort(all, by_equal);
	return kernel ? g_steal_pointer(&all) : NULL;
}

int ksig_command_base(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	if (!ksig_command_parse(
		    &argc, &argv, entries, "KERNEL",
		    "Finds the upstream release or commit that a kernel was made from: the one that has "
		    "most files as the kernel has them.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc != 2 || !upstreams || limit < 1) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "one KERNEL and --upstream expected (see ksig base --help)");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(GPtrArray) found = find_all(context, argv[1], error);
	if (!found)
		return ksig_error_exit_status(*error);
	for (guint i = 0; i < found->len; i++)
		add_row(table, found->pdata[i]);
	return ksig_command_answer(table, format, error);
}
