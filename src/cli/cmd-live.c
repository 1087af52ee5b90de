/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-live.h"

static const struct {
	const char *name;
	ksig_command_fn *run;
} verbs[] = {
#ifndef KSIG_CLIENT
	{"build", ksig_command_live_build},       {"inspect", ksig_command_live_inspect},
	{"manifest", ksig_command_live_manifest}, {"index", ksig_command_live_manifest},
	{"package", ksig_command_live_package},
#endif
	{"status", ksig_command_live_client},     {"check", ksig_command_live_client},
	{"update", ksig_command_live_client},     {"apply", ksig_command_live_client},
	{"rollback", ksig_command_live_client},   {"history", ksig_command_live_client},
	{"mirror", ksig_command_live_client},
};

int ksig_command_live(struct ksig_context *context, int argc, char **argv, GError **error)
{
	for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++)
		if (g_str_equal(verbs[i].name, argv[1])) {
			g_autofree char *name = g_strdup_printf("live %s", argv[1]);
			argv[1] = name;
			return verbs[i].run(context, argc - 1, argv + 1, error);
		}
	if (argc > 1 && (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h"))) {
		g_print("Usage:\n  ksig live VERB [ARGUMENT…]\n\nVerbs (each has its own --help):\n");
		for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
			g_print("  %s\n", verbs[i].name);
		return 0;
	}
	ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a verb of ksig live (see ksig live --help)",
		       argc > 1 ? argv[1] : "(none)");
	return KSIG_ERROR_USAGE;
}
