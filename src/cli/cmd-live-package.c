/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig live package: folders that live manifest left, as RPMs; what did not pass live test only with
 * --untested.
 */
#include "cli/cmd-live.h"
#include "live/package.h"

static char *output, *dist, *untested, *format_name;

static const GOptionEntry entries[] = {
	{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "where the packages go (.)", "DIR"},
	{"dist", 0, 0, G_OPTION_ARG_STRING, &dist, "end of the release (as the kernel's has it)", ".TAG"},
	{"untested", 0, 0, G_OPTION_ARG_STRING, &untested, "pack what did not pass ksig live test", "WORDS"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"kind", 0}, {"package", 0}};

static bool pack(const char *folder, ksig_table *table, GError **error)
{
	g_autoptr(GPtrArray) made = ksig_live_package(folder, output ? output : ".", dist, untested, error);

	for (guint i = 0; made && i < made->len; i++) {
		const char *path = made->pdata[i];
		const char *const cells[] = {g_str_has_suffix(path, ".src.rpm") ? "source" : "binary", path};
		ksig_table_add(table, cells);
	}
	return made != NULL;
}

int ksig_command_live_package(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, "FOLDER…",
				"Packs live patches, as ksig live manifest left them, for RPM.", error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc < 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "the folder of a live patch is needed");
		return KSIG_ERROR_USAGE;
	}
	for (int i = 1; i < argc; i++)
		if (!pack(argv[i], table, error))
			return KSIG_ERROR_NEGATIVE;
	ksig_table_print(table, format, stdout);
	return 0;
}
