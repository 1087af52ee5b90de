/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds for every command: the options that may stand anywhere, and ksig.conf. */
#pragma once

#include "cli/cmd.h"

struct ksig_globals {
	char *workspace, *color;
	gboolean quiet, no_pager;
};
extern struct ksig_globals ksig_globals;

/* In the program's help, and hidden in each command's: "ksig list -w DIR" is "ksig -w DIR list". */
#define KSIG_GLOBAL_ENTRIES(flags)                                                                           \
	{"workspace",                                                                                        \
	 'w',                                                                                                \
	 flags,                                                                                              \
	 G_OPTION_ARG_FILENAME,                                                                              \
	 &ksig_globals.workspace,                                                                            \
	 "the workspace ($KSIG_WORKSPACE, or ksig.ws here or above)",                                        \
	 "DIR"},                                                                                             \
		{"quiet", 'q', flags, G_OPTION_ARG_NONE, &ksig_globals.quiet, "no progress", NULL},          \
		{"color",                                                                                    \
		 0,                                                                                          \
		 flags,                                                                                      \
		 G_OPTION_ARG_STRING,                                                                        \
		 &ksig_globals.color,                                                                        \
		 "auto (on a terminal), always or never",                                                    \
		 "WHEN"},                                                                                    \
	{                                                                                                    \
		"no-pager", 0, flags, G_OPTION_ARG_NONE, &ksig_globals.no_pager, "no pager on a terminal",   \
			NULL                                                                                 \
	}

/* Standard output of the command at hand is for reading: it goes through a pager on a terminal. */
extern bool ksig_command_is_read;

/*
 * Completes what the command line says, in this order: what stands there, ksig.conf of the workspace, that of
 * the user. Finds the workspace, gives those of ENTRIES that ksig.conf speaks of and the command line does
 * not their value, and sets colour and pager. A ksig.conf that somebody else may write, or with a key that is
 * none, is an error that names its line.
 */
bool ksig_settings_apply(const GOptionEntry *entries, GError **error);
