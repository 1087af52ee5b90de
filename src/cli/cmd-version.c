/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig version. */
#include "cli/cmd.h"

static const GOptionEntry entries[] = {{NULL}};

int ksig_command_version(struct ksig_context *context, int argc, char **argv, GError **error)
{
	(void) context;
	if (!ksig_command_parse(&argc, &argv, entries, "", "Prints the version.", error))
		return KSIG_ERROR_USAGE;
	puts("ksig " KSIG_VERSION);
	return 0;
}
