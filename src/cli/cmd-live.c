/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig live: the table of its verbs. The program ksig-live has only the client's (cmd-live-client.c). */
#include "cli/cmd-live.h"

static const struct ksig_verb verbs[] = {
#ifndef KSIG_CLIENT
	{"build", ksig_command_live_build},       {"inspect", ksig_command_live_inspect},
	{"manifest", ksig_command_live_manifest}, {"index", ksig_command_live_manifest},
	{"package", ksig_command_live_package},   {"plan", ksig_command_live_plan},
	{"test", ksig_command_live_test},
#endif
	{"status", ksig_command_live_client},     {"check", ksig_command_live_client},
	{"update", ksig_command_live_client},     {"apply", ksig_command_live_client},
	{"rollback", ksig_command_live_client},   {"history", ksig_command_live_client},
	{"mirror", ksig_command_live_client},     {NULL, NULL},
};

int ksig_command_live(struct ksig_context *context, int argc, char **argv, GError **error)
{
	return ksig_command_dispatch(context, argc, argv, verbs,
				     "Live patches: built, inspected, applied, rolled back.", error);
}
