/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig live test: the release gate, in QEMU with exactly the live patch's kernel; prints its steps. */
#include "cli/cmd-live.h"
#include "live/gate.h"

static struct ksig_live_gate_options options;
static char **modules;
static char *format_name;
static gboolean no_stall, verbose;

static const GOptionEntry entries[] = {
	{"kernel", 0, 0, G_OPTION_ARG_FILENAME, &options.kernel, "the image that the patch is for (vmlinuz)",
	 "FILE"},
	{"older", 0, 0, G_OPTION_ARG_FILENAME, &options.older, "the set that it takes the place of",
	 "FOLDER"},
	{"module", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &modules, "a .ko to be loaded first; may be repeated",
	 "FILE"},
	{"probe", 0, 0, G_OPTION_ARG_FILENAME, &options.probe,
	 "a script whose output has to change with the patch, and back", "FILE"},
	{"headers", 0, 0, G_OPTION_ARG_FILENAME, &options.headers,
	 "what modules for that kernel are built against", "DIR"},
	{"no-stall", 0, 0, G_OPTION_ARG_NONE, &no_stall, "make nothing stall", NULL},
	{"key", 'k', 0, G_OPTION_ARG_STRING, &options.key, "sign the result with this OpenPGP key", "KEY"},
	{"home", 0, 0, G_OPTION_ARG_FILENAME, &options.home, "gpg's folder", "DIR"},
	{"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "all that the guest says, on standard error", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"step", 0}, {"outcome", 0}, {"detail", KSIG_COLUMN_WIDE}};

static void print(const ksig_live_gate_result *result, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < result->steps->len; i++) {
		const struct ksig_live_gate_step *step = result->steps->pdata[i];
		const char *const cells[] = {step->name, step->outcome, step->detail};
		ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
	if (verbose || !result->passed)
		ksig_print(stderr, "%s\n", result->output);
	if (format == KSIG_FORMAT_TEXT)
		ksig_print(stdout, "%s: %s in %.1f s%s\n", result->id, result->passed ? "passed" : "failed",
			   result->seconds, options.key ? "" : "; not signed, so not written");
}

int ksig_command_live_test(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	(void) context;
	if (!ksig_command_parse(
		    &argc, &argv, entries, "--kernel FILE FOLDER",
		    "Boots the kernel of a live patch in QEMU; applies, replaces, stalls, rolls back.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc != 2 || !options.kernel) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "--kernel and the folder of one live patch are needed");
		return KSIG_ERROR_USAGE;
	}
	options.folder = argv[1];
	options.modules = (const char *const *) modules;
	options.no_stall = no_stall;
	g_autoptr(ksig_live_gate_result) result = ksig_live_gate_run(&options, error);
	if (!result)
		return KSIG_ERROR_ENVIRONMENT;
	print(result, format);
	return result->passed ? 0 : KSIG_ERROR_NEGATIVE;
}
