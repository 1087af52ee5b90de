/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-kmod.h"

static const struct {
	const char *name;
	ksig_command_fn *run;
} verbs[] = {
	{"build", ksig_command_kmod_build},
	{"check", ksig_command_kmod_check},
	{"dependencies", ksig_command_kmod_dependencies},
	{"gate", ksig_command_kmod_gate},
	{"kernels", ksig_command_kmod_kernels},
	{"link", ksig_command_kmod_link},
	{"list", ksig_command_kmod_list},
	{"matrix", ksig_command_kmod_matrix},
	{"plan", ksig_command_kmod_plan},
	{"why", ksig_command_kmod_why},
};

static const GOptionEntry no_entries[] = {{NULL}};

int ksig_command_kmod(struct ksig_context *context, int argc, char **argv, GError **error)
{
	for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++) {
		if (!g_str_equal(verbs[i].name, argv[1]))
			continue;
		g_autofree char *name = g_strdup_printf("%s %s", argv[0], argv[1]);
		argv[1] = name;
		return verbs[i].run(context, argc - 1, argv + 1, error);
	}
	g_autoptr(GString) words = g_string_new(NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
		g_string_append_printf(words, "%s%s", i > 0 ? "|" : "", verbs[i].name);
	g_autofree char *synopsis = g_strconcat(words->str, " …", NULL);
	if (ksig_command_parse(
		    &argc, &argv, no_entries, synopsis,
		    "External kernel modules: will they load, why not, how they are built and delivered.\n"
		    "'ksig kmod VERB --help' says more.",
		    error))
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s expected (see ksig kmod --help)", words->str);
	return KSIG_ERROR_USAGE;
}
