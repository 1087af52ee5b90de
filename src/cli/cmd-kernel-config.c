/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kernel config make (a tree configured as a flavour says, new options shown) and diff (two
 * configurations or flavours; status 1 if they differ).
 */
#include "cli/cmd-kernel.h"
#include "kernel/kernel.h"

static char *base, *source, *output, *arch, *format_name;
static char **neighbours;
static gboolean accept_defaults;

static const GOptionEntry entries[] = {
	{"source", 's', 0, G_OPTION_ARG_FILENAME, &source, "the unpacked kernel tree", "DIR"},
	{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "where the configuration is made", "DIR"},
	{"config", 'c', 0, G_OPTION_ARG_STRING, &base, "start from FILE, or from make:TARGET", "FILE"},
	{"neighbour", 'n', 0, G_OPTION_ARG_FILENAME_ARRAY, &neighbours,
	 "propose values for new options from this configuration", "FILE"},
	{"accept-defaults", 0, 0, G_OPTION_ARG_NONE, &accept_defaults, "new options take their proposals",
	 NULL},
	{"arch", 'a', 0, G_OPTION_ARG_STRING, &arch, "the architecture (x86_64)", "ARCH"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column change_columns[] = {{"option", 0}, {"old", 0}, {"new", 0}};
static const struct ksig_column new_columns[] = {
	{"option", 0}, {"default", 0}, {"proposal", 0}, {"origin", 0}, {"help", KSIG_COLUMN_WIDE}};

/* A configuration is a file that is no flavour; of a flavour, what it decides. */
static ksig_config *load(const char *name, GError **error)
{
	if (g_file_test(name, G_FILE_TEST_EXISTS) && !g_str_has_suffix(name, ".conf"))
		return ksig_kernel_config_load(name, error);
	g_autoptr(ksig_flavour) flavour = ksig_kernel_flavour_load(name, error);
	return flavour ? ksig_kernel_config_of_flavour(flavour) : NULL;
}

static int do_diff(const char *old_path, const char *new_path, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_config) old_config = load(old_path, error);
	g_autoptr(ksig_config) new_config = old_config ? load(new_path, error) : NULL;

	if (!new_config)
		return KSIG_ERROR_INPUT;
	g_autoptr(GPtrArray) changes = ksig_kernel_config_diff(old_config, new_config);
	g_autoptr(ksig_table) table = ksig_table_new(change_columns, G_N_ELEMENTS(change_columns));
	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_config_change *change = g_ptr_array_index(changes, i);
		const char *const cells[] = {change->name, change->old_value, change->new_value};
		ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
	return changes->len ? KSIG_ERROR_NEGATIVE : 0;
}

static void print_new(GPtrArray *found, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(new_columns, G_N_ELEMENTS(new_columns));

	for (guint i = 0; i < found->len; i++) {
		const struct ksig_new_option *option = g_ptr_array_index(found, i);
		const char *const cells[] = {option->name, option->value, option->proposal, option->origin,
					     option->help};
		ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
}

static int do_make(const char *name, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_flavour) flavour = ksig_kernel_flavour_load(name, error);
	g_autoptr(GPtrArray) found = NULL;

	if (!flavour)
		return KSIG_ERROR_INPUT;
	const char *start = base ? base : flavour->config;
	if (!source || !output || !start) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "kernel config make: --source, --output and --config expected");
		return KSIG_ERROR_USAGE;
	}
	g_autofree char *tree = g_canonicalize_filename(source, NULL);
	g_autofree char *folder = g_canonicalize_filename(output, NULL);
	const struct ksig_configure_options options = {
		.source = tree,
		.output = folder,
		.arch = arch ? arch : "x86_64",
		.base = start,
		.flavour = flavour,
		.neighbours = (const char *const *) neighbours,
		.accept_defaults = accept_defaults,
	};
	bool good = ksig_kernel_configure(&options, &found, error);
	if (found->len)
		print_new(found, format);
	return good ? 0 : KSIG_ERROR_NEGATIVE;
}

int ksig_command_kernel_config(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, "make FLAVOUR | diff OLD NEW",
				"make: configures a tree as a flavour says. diff: what differs between two "
				"configurations or flavours (status 1: something does).",
				error) ||
	    !ksig_format_parse(format_name ? format_name : "text", &format, error))
		return KSIG_ERROR_USAGE;
	if (argc == 4 && g_str_equal(argv[1], "diff"))
		return do_diff(argv[2], argv[3], format, error);
	if (argc == 3 && g_str_equal(argv[1], "make"))
		return do_make(argv[2], format, error);
	ksig_error_set(error, KSIG_ERROR_USAGE, "kernel config: make FLAVOUR, or diff OLD NEW expected");
	return KSIG_ERROR_USAGE;
}
