/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-kernel.h"

static const struct {
	const char *name;
	ksig_command_fn *run;
} verbs[] = {
	{"boot", ksig_command_kernel_boot},     {"build", ksig_command_kernel_build},
	{"bump", ksig_command_kernel_bump},     {"check", ksig_command_kernel_check},
	{"config", ksig_command_kernel_config}, {"list", ksig_command_kernel_list},
};

static const GOptionEntry entries[] = {{NULL}};

static int do_help(int argc, char **argv, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
		g_string_append_printf(names, "%s%s", i ? "|" : "", verbs[i].name);
	g_autofree char *synopsis = g_strdup_printf("%s [ARGUMENT…]", names->str);
	if (!ksig_command_parse(&argc, &argv, entries, synopsis,
				"Alternative kernels: declared, configured, built, checked, booted.", error))
		return KSIG_ERROR_USAGE;
	ksig_error_set(error, KSIG_ERROR_USAGE, "kernel: one of %s expected", names->str);
	return KSIG_ERROR_USAGE;
}

int ksig_command_kernel(struct ksig_context *context, int argc, char **argv, GError **error)
{
	for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++)
		if (g_str_equal(verbs[i].name, argv[1]))
			return verbs[i].run(context, argc - 1, argv + 1, error);
	return do_help(argc, argv, error);
}
