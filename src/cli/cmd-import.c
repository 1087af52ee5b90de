/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig import: kernels into the workspace without breaking them down; prints label, tree id, files, and the
 * patches of a source package.
 */
#include "cli/cmd.h"
#include "tree/tree.h"

static char *format_name;

static const GOptionEntry entries[] = {
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"label", 0},
	{"tree", 0},
	{"files", KSIG_COLUMN_NUMBER},
	{"patches", KSIG_COLUMN_NUMBER},
	{"kernel", KSIG_COLUMN_WIDE},
};

static bool add_row(ksig_table *table, const ksig_store *store, const struct ksig_kernel *kernel,
		    GError **error)
{
	uint64_t count = 0;

	if (!ksig_tree_count_files(store, &kernel->tree, &count, error))
		return false;
	g_autofree char *files = g_strdup_printf("%" G_GUINT64_FORMAT, count);
	g_autofree char *patches = g_strdup_printf("%u", kernel->patches->len);
	const char *const cells[] = {kernel->label, git_oid_tostr_s(&kernel->tree), files, patches,
				     kernel->argument};
	ksig_table_add(table, cells);
	return true;
}

/* A tree that lies in a repository of others is there if all that it reaches is. */
static bool verify(const ksig_store *store, const struct ksig_kernel *kernel, GError **error)
{
	g_autoptr(ksig_verifier) verifier = ksig_tree_verifier_new(store);

	if (!g_str_has_prefix(kernel->argument, "git:") ||
	    ksig_tree_verify_tree(verifier, &kernel->tree, error))
		return true;
	g_prefix_error(error, "%s: ", kernel->argument);
	return false;
}

static bool import_all(ksig_store *store, char **arguments, ksig_table *table, GError **error)
{
	for (; *arguments; arguments++) {
		g_autoptr(ksig_kernel) kernel = ksig_tree_kernel_import(store, *arguments, error);
		if (!kernel || !verify(store, kernel, error) || !add_row(table, store, kernel, error))
			return false;
	}
	return true;
}

int ksig_command_import(struct ksig_context *context, int argc, char **argv, GError **error)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "KERNEL…",
		    "Imports kernels into the workspace and prints what each is called and its tree id.",
		    error))
		return KSIG_ERROR_USAGE;
	if (argc < 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "a KERNEL is missing (see ksig import --help)");
		return KSIG_ERROR_USAGE;
	}
	if (format_name && !ksig_format_parse(format_name, &format, error))
		return KSIG_ERROR_USAGE;
	g_autoptr(ksig_store) store = ksig_tree_store_open(context->workspace, error);
	g_autoptr(ksig_lock) lock = store ? ksig_tree_workspace_lock(store, error) : NULL;
	if (!lock || !import_all(store, argv + 1, table, error))
		return KSIG_ERROR_ENVIRONMENT;
	ksig_table_print(table, format, stdout);
	return 0;
}
