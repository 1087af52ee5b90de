/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/cmd-kernel.h"
#include "kernel/kernel.h"

/* What `build` and `bump` take alike; each fills it from its own options. */
struct kernel_arguments {
	char *signature, *sums, *config, *changelogs, *since, *cves, *dist, *arch, *date;
	char **keys, **neighbours;
	gboolean accept_defaults, is_unsigned;
	int release, jobs;
};

/* The options of both commands, for ARGUMENTS. */
#define KERNEL_ARGUMENT_ENTRIES(arguments)                                                                     \
	{"key", 'k', 0, G_OPTION_ARG_FILENAME_ARRAY, &(arguments).keys, "OpenPGP keys that are known",         \
	 "FILE"},                                                                                              \
		{"sha256sums", 0, 0, G_OPTION_ARG_FILENAME, &(arguments).sums, "kernel.org's sha256sums.asc",  \
		 "FILE"},                                                                                      \
		{"unsigned",                                                                                   \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_NONE,                                                                            \
		 &(arguments).is_unsigned,                                                                     \
		 "build a tarball that nothing vouches for",                                                   \
		 NULL},                                                                                        \
		{"config",                                                                                     \
		 'c',                                                                                          \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING,                                                                          \
		 &(arguments).config,                                                                          \
		 "start from FILE, or from make:TARGET",                                                       \
		 "FILE"},                                                                                      \
		{"neighbour",                                                                                  \
		 'n',                                                                                          \
		 0,                                                                                            \
		 G_OPTION_ARG_FILENAME_ARRAY,                                                                  \
		 &(arguments).neighbours,                                                                      \
		 "propose values for new options from this configuration",                                     \
		 "FILE"},                                                                                      \
		{"accept-defaults",                                                                            \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_NONE,                                                                            \
		 &(arguments).accept_defaults,                                                                 \
		 "new options take their proposals",                                                           \
		 NULL},                                                                                        \
		{"changelogs",                                                                                 \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING,                                                                          \
		 &(arguments).changelogs,                                                                      \
		 "folder or URL of ChangeLog-VERSION files, or a Debian changelog",                            \
		 "LOCATION"},                                                                                  \
		{"since",  0, 0, G_OPTION_ARG_STRING, &(arguments).since, "changes after this release",        \
		 "VERSION"},                                                                                   \
		{"cves", 0, 0, G_OPTION_ARG_FILENAME, &(arguments).cves, "lines \"CVE COMMIT\"", "FILE"},      \
		{"release-number", 0, 0, G_OPTION_ARG_INT, &(arguments).release, "of the packages (1)", "N"},  \
		{"dist", 0, 0, G_OPTION_ARG_STRING, &(arguments).dist, "%dist, such as .el9", "TAG"},          \
		{"arch", 'a', 0, G_OPTION_ARG_STRING, &(arguments).arch, "the architecture (x86_64)", "ARCH"}, \
		{"date",      0, 0, G_OPTION_ARG_STRING, &(arguments).date, "of the changelog entry (today)",  \
		 "YYYY-MM-DD"},                                                                                \
	{                                                                                                      \
		"jobs", 'j', 0, G_OPTION_ARG_INT, &(arguments).jobs, "compilers at one time", "N"              \
	}

/* The date of the changelog entry; free with g_free(). */
char *kernel_arguments_date(const struct kernel_arguments *arguments);

/* Says new options on stderr. */
void kernel_say_new(GPtrArray *found);

/* Verifies TARBALL and builds VERSION of it; prints where the packages are. The exit status. */
int kernel_lts_run(struct ksig_context *context, const struct kernel_arguments *arguments,
		   const ksig_flavour *flavour, const char *tarball, const char *version, GError **error);
