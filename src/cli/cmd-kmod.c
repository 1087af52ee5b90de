/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig kmod: the table of its verbs. */
#include "cli/cmd-kmod.h"

static const struct ksig_verb verbs[] = {
	{"build", ksig_command_kmod_build},
	{"check", ksig_command_kmod_check},
	{"dependencies", ksig_command_kmod_dependencies},
	{"devices", ksig_command_kmod_devices},
	{"gate", ksig_command_kmod_gate},
	{"kernels", ksig_command_kmod_kernels},
	{"link", ksig_command_kmod_link},
	{"list", ksig_command_kmod_list},
	{"matrix", ksig_command_kmod_matrix},
	{"new", ksig_command_kmod_new},
	{"plan", ksig_command_kmod_plan},
	{"why", ksig_command_kmod_why},
	{NULL, NULL},
};

int ksig_command_kmod(struct ksig_context *context, int argc, char **argv, GError **error)
{
	return ksig_command_dispatch(
		context, argc, argv, verbs,
		"External kernel modules: will they load, why not, how they are built and delivered.", error);
}
