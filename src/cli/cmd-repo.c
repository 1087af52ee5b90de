/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig repo: the table of its verbs. */
#include "cli/cmd-repo.h"

static const struct ksig_verb verbs[] = {
	{"publish", ksig_command_repo_publish},
	{"rehearse", ksig_command_repo_rehearse},
	{"verify", ksig_command_repo_verify},
	{NULL, NULL},
};

int ksig_command_repo(struct ksig_context *context, int argc, char **argv, GError **error)
{
	return ksig_command_dispatch(
		context, argc, argv, verbs,
		"Publishes packages as repositories, and verifies repositories as a client would.", error);
}
