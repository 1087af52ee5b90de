/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig kernel: the table of its verbs. */
#include "cli/cmd-kernel.h"

static const struct ksig_verb verbs[] = {
	{"boot", ksig_command_kernel_boot},
	{"build", ksig_command_kernel_build},
	{"bump", ksig_command_kernel_bump},
	{"check", ksig_command_kernel_check},
	{"config", ksig_command_kernel_config},
	{"list", ksig_command_kernel_list},
	{NULL, NULL},
};

int ksig_command_kernel(struct ksig_context *context, int argc, char **argv, GError **error)
{
	return ksig_command_dispatch(context, argc, argv, verbs,
				     "Alternative kernels: declared, configured, built, checked, booted.",
				     error);
}
