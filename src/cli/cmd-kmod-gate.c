/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kmod gate: an upgrade from packages at hand to new ones simulated, and the modules that it would lose.
 */
#include "cli/cmd-kmod.h"
#include "publish/module-gate.h"
#include "kmod/gate.h"

static char **new_paths;
static char *format_name;
static gboolean exit_code, verbose;

static const GOptionEntry entries[] = {
	{"new", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &new_paths, "packages that are to be published",
	 "FILE|DIR"},
	{"exit-code", 0, 0, G_OPTION_ARG_NONE, &exit_code, "exit status 1 if a module would be lost", NULL},
	{"steps", 0, 0, G_OPTION_ARG_NONE, &verbose, "say on standard error what the upgrade does", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"package", 0},
					     {"kernel", 0},
					     {"erased", KSIG_COLUMN_BOOL},
					     {"reason", 0},
					     {"wanted", KSIG_COLUMN_WIDE}};

static void print(GPtrArray *losses, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < losses->len; i++) {
		const struct ksig_kmod_loss *loss = g_ptr_array_index(losses, i);
		g_autoptr(GString) wanted = g_string_new(NULL);
		for (guint k = 0; k < loss->wanted->len; k++)
			g_string_append_printf(wanted, "%s%s", k ? ", " : "",
					       (char *) loss->wanted->pdata[k]);
		const char *const cells[] = {loss->package, loss->kernel, loss->erased ? "true" : "false",
					     loss->reason, wanted->str};
		ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
}

int ksig_command_kmod_gate(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	g_autoptr(GPtrArray) steps = NULL, unjudged = NULL;

	if (!ksig_command_parse(&argc, &argv, entries, "--new FILE|DIR… PRESENT…",
				"Simulates a user's upgrade from the packages PRESENT to those of --new, "
				"kernels installed\n"
				"beside one another as dnf does, and lists the modules that the new kernel "
				"would not load.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc < 2 || !new_paths) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "--new and what is present expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, NULL);
	g_autoptr(GPtrArray) present = ksig_publish_package_files(argv + 1);
	g_autoptr(GPtrArray) fresh = ksig_publish_package_files(new_paths);
	g_autoptr(GPtrArray) losses = ksig_kmod_gate((const char *const *) present->pdata,
						     (const char *const *) fresh->pdata, catalog, &steps,
						     &unjudged, error);
	if (!losses)
		return KSIG_ERROR_INPUT;
	for (guint i = 0; verbose && i < steps->len; i++)
		ksig_print(stderr, "%s\n", (char *) g_ptr_array_index(steps, i));
	for (guint i = 0; i < unjudged->len; i++)
		ksig_print(stderr, "not judged: %s\n", (char *) g_ptr_array_index(unjudged, i));
	print(losses, format);
	return exit_code && losses->len > 0 ? KSIG_ERROR_NEGATIVE : 0;
}
