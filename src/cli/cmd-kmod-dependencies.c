/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rpmbuild runs for each file of a package: names on standard input, dependencies on standard output. */
#include "cli/cmd-kmod.h"
#include "kmod/build.h"

static char *with;

static const GOptionEntry entries[] = {
	{"with", 0, 0, G_OPTION_ARG_FILENAME, &with,
	 "symbols of modules in other packages (a Module.symvers)", "FILE"},
	{NULL},
};

static bool print(const char *path, bool requires, GError **error)
{
	g_autoptr(GPtrArray) lines = ksig_kmod_dependencies(path, requires, with, error);

	for (guint i = 0; lines && i < lines->len; i++)
		ksig_print(stdout, "%s\n", (char *) g_ptr_array_index(lines, i));
	return lines != NULL;
}

static bool print_all(bool requires, GError **error)
{
	g_autofree char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0)
		if (*g_strchomp(line) && !print(line, requires, error))
			return false;
	return true;
}

int ksig_command_kmod_dependencies(struct ksig_context *context, int argc, char **argv, GError **error)
{
	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, "provides|requires",
				"Reads names of module files and prints their dependencies in the words of "
				"EL's packages:\n"
				"the generator that 'ksig kmod build' gives to rpmbuild.",
				error))
		return KSIG_ERROR_USAGE;
	if (argc < 2 || (!g_str_equal(argv[1], "provides") && !g_str_equal(argv[1], "requires"))) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "provides or requires expected");
		return KSIG_ERROR_USAGE;
	}
	return print_all(g_str_equal(argv[1], "requires"), error) ? 0 : KSIG_ERROR_INPUT;
}
