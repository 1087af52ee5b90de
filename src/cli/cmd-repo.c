/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd-repo.h"

static const struct {
	const char *name;
	ksig_command_fn *run;
} verbs[] = {{"publish", ksig_command_repo_publish}, {"verify", ksig_command_repo_verify}};

static const GOptionEntry no_entries[] = {{NULL}};

int ksig_command_repo(struct ksig_context *context, int argc, char **argv, GError **error)
{
	for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++) {
		if (!g_str_equal(verbs[i].name, argv[1]))
			continue;
		g_autofree char *name = g_strdup_printf("%s %s", argv[0], argv[1]);
		argv[1] = name;
		return verbs[i].run(context, argc - 1, argv + 1, error);
	}
	if (!ksig_command_parse(
		    &argc, &argv, no_entries, "publish|verify …",
		    "Publishes packages as repositories, and verifies repositories as a client would.\n"
		    "'ksig repo publish --help' and 'ksig repo verify --help' say more.",
		    error))
		return KSIG_ERROR_USAGE;
	ksig_error_set(error, KSIG_ERROR_USAGE, "publish or verify expected (see ksig repo --help)");
	return KSIG_ERROR_USAGE;
}
