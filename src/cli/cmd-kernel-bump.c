/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kernel bump: builds a series' newest release. What its external modules need is said by
 * kernel-modules.c.
 */
#include "cli/kernel-arguments.h"
#include "cli/kernel-modules.h"
#include "parts.h"

static struct kernel_modules external;
#if KSIG_KMOD
#define FOR_MODULES 0
#else
#define FOR_MODULES G_OPTION_FLAG_HIDDEN
#endif
static struct kernel_arguments arguments = {.release = 1};

static const GOptionEntry entries[] = {
	{"modules", 'm', FOR_MODULES, G_OPTION_ARG_FILENAME_ARRAY, &external.modules,
	 "external modules, files or folders of them: say which must be rebuilt", "FILE|DIR"},
	{"plan", 'p', FOR_MODULES, G_OPTION_ARG_FILENAME, &external.plan,
	 "write the builds of external modules that follow, for 'ksig engine run'", "FILE.json"},
	{"source", 's', FOR_MODULES, G_OPTION_ARG_FILENAME_ARRAY, &external.sources,
	 "with --plan, a source: of one recipe, or of those that take a kernel's", "[RECIPE=]FILE|DIR"},
	KERNEL_ARGUMENT_ENTRIES(arguments),
	{NULL},
};

int ksig_command_kernel_bump(struct ksig_context *context, int argc, char **argv, GError **error)
{
	g_autofree char *path = NULL;

	if (!ksig_command_parse(&argc, &argv, entries, "FLAVOUR",
				"Builds the newest release of a longterm series unless it is built already.",
				error))
		return KSIG_ERROR_USAGE;
	if (argc != 2) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "kernel bump: one FLAVOUR expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_flavour) flavour = ksig_kernel_flavour_load(argv[1], error);
	if (!flavour)
		return KSIG_ERROR_INPUT;
	if (flavour->kind != KSIG_FLAVOUR_LTS) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: only longterm flavours have point releases",
			       flavour->name);
		return KSIG_ERROR_USAGE;
	}
	if (!kernel_arguments_check(&arguments, flavour, error))
		return KSIG_ERROR_USAGE;
	if (!KSIG_KMOD && (external.modules || external.plan)) {
		ksig_error_left_out(error, "--modules and --plan", "kmod");
		return KSIG_ERROR_ENVIRONMENT;
	}
	const int status = kernel_lts_newest(context->workspace, &arguments, flavour, &path, error);
#if KSIG_KMOD
	if (status == 0 && !arguments.dry_run && (external.modules || external.plan) &&
	    !kernel_modules_follow(context->workspace, path, flavour, &external, error))
		return KSIG_ERROR_INPUT;
#endif
	return status;
}
