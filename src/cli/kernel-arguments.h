/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/cmd-kernel.h"
#include "kernel/kernel.h"

/* What `build` and `bump` take alike; each fills it from its own options. */
struct kernel_arguments {
	char *releases, *series, *mirror;
	char *signature, *sums, *config, *changelogs, *since, *cves, *dist, *arch, *date, *mock;
	char *format;
	char **keys, **neighbours, **boot_modules, **defines;
	gboolean accept_defaults, is_unsigned, force, boot, dry_run;
	int release, jobs;
};

/* An option of both commands: WORD stands for the argument's kind, LETTER 0 for no short form. */
#define KERNEL_ARGUMENT(name, letter, word, field, help, value)                                              \
	{                                                                                                    \
		name, letter, 0, G_OPTION_ARG_##word, field, help, value                                     \
	}

/* The options of both commands, for ARGUMENTS. */
#define KERNEL_ARGUMENT_ENTRIES(arguments)                                                                   \
	KERNEL_ARGUMENT("releases", 0, STRING, &(arguments).releases,                                        \
			"releases.json: a file or URL (kernel.org's)", "LOCATION"),                          \
		KERNEL_ARGUMENT("series", 0, STRING, &(arguments).series,                                    \
				"the longterm series, such as 6.12", "SERIES"),                              \
		KERNEL_ARGUMENT("mirror", 0, STRING, &(arguments).mirror,                                    \
				"folder or URL of linux-VERSION.tar.xz and .tar.sign", "LOCATION"),          \
		KERNEL_ARGUMENT("force", 0, NONE, &(arguments).force, "also a series at its end of life",    \
				NULL),                                                                       \
		KERNEL_ARGUMENT("key", 'k', FILENAME_ARRAY, &(arguments).keys,                               \
				"OpenPGP keys that are known", "FILE"),                                      \
		KERNEL_ARGUMENT("sha256sums", 0, STRING, &(arguments).sums,                                  \
				"kernel.org's sha256sums.asc: a file or URL", "LOCATION"),                   \
		KERNEL_ARGUMENT("unsigned", 0, NONE, &(arguments).is_unsigned,                               \
				"build a tarball that nothing vouches for", NULL),                           \
		KERNEL_ARGUMENT("config", 'c', STRING, &(arguments).config,                                  \
				"start from FILE, or from make:TARGET", "FILE"),                             \
		KERNEL_ARGUMENT("neighbour", 'n', FILENAME_ARRAY, &(arguments).neighbours,                   \
				"propose values for new options from this configuration", "FILE"),           \
		KERNEL_ARGUMENT("accept-defaults", 0, NONE, &(arguments).accept_defaults,                    \
				"new options take their proposals", NULL),                                   \
		KERNEL_ARGUMENT("changelogs", 0, STRING, &(arguments).changelogs,                            \
				"folder or URL of ChangeLog-VERSION files, or a Debian changelog",           \
				"LOCATION"),                                                                 \
		KERNEL_ARGUMENT("since", 0, STRING, &(arguments).since, "changes after this release",        \
				"VERSION"),                                                                  \
		KERNEL_ARGUMENT("cves", 0, FILENAME, &(arguments).cves, "lines \"CVE COMMIT\"", "FILE"),     \
		KERNEL_ARGUMENT("release-number", 0, INT, &(arguments).release, "of the packages (1)", "N"), \
		KERNEL_ARGUMENT("dist", 0, STRING, &(arguments).dist,                                        \
				"%dist, such as .el9 (RPM's, the base's)", "TAG"),                           \
		KERNEL_ARGUMENT("arch", 'a', STRING, &(arguments).arch, "the architecture (x86_64)",         \
				"ARCH"),                                                                     \
		KERNEL_ARGUMENT("date", 0, STRING, &(arguments).date, "of the changelog entry (today)",      \
				"YYYY-MM-DD"),                                                               \
		KERNEL_ARGUMENT("jobs", 'j', INT, &(arguments).jobs, "compilers at one time", "N"),          \
		KERNEL_ARGUMENT("mock", 0, STRING, &(arguments).mock,                                        \
				"build in mock with this configuration", "CONFIG"),                          \
		KERNEL_ARGUMENT("define", 'D', STRING_ARRAY, &(arguments).defines,                           \
				"a macro for the build of the packages", "'NAME VALUE'"),                    \
		KERNEL_ARGUMENT("dry-run", 0, NONE, &(arguments).dry_run,                                    \
				"make the spec and the source package, say what would be built", NULL),      \
		KERNEL_ARGUMENT("format", 'f', STRING, &(arguments).format, "of --dry-run: text or json",    \
				"FORMAT"),                                                                   \
		KERNEL_ARGUMENT("boot", 0, NONE, &(arguments).boot, "publish only what boots in QEMU",       \
				NULL),                                                                       \
		KERNEL_ARGUMENT("boot-module", 0, STRING_ARRAY, &(arguments).boot_modules,                   \
				"with --boot: and loads this module", "MODULE")

/*
 * The part of a job that ARGUMENTS say; BOOT is filled, too, and has to live as long as the job. What is made
 * up (the date, %dist) is put into ARGUMENTS.
 */
struct ksig_kernel_job kernel_arguments_job(struct kernel_arguments *arguments, const char *workspace,
					    const ksig_flavour *flavour, struct ksig_boot_options *boot);

/* An option, without its dashes, and whether it was given. */
struct kernel_option {
	const char *name;
	bool is_given;
};

/* False with a usage error that says BECAUSE, if one of the N OPTIONS was given. */
bool kernel_options_refuse(const struct kernel_option *options, size_t n, const char *because,
			   GError **error);

/* False with a usage error if options do not go together, or not with the FLAVOUR. */
bool kernel_arguments_check(const struct kernel_arguments *arguments, const ksig_flavour *flavour,
			    GError **error);

/* What a build would do, by FORMAT: "json", else text. */
void kernel_print_plan(const struct ksig_kernel_plan *plan, const char *format);

/* Says new options on stderr, with their help if they stopped the build. */
void kernel_say_new(GPtrArray *found, bool is_stopped);

/* Verifies TARBALL and builds VERSION of it; prints where the packages are. The exit status. */
int kernel_lts_run(const char *workspace, struct kernel_arguments *arguments, const ksig_flavour *flavour,
		   const char *tarball, const char *version, GError **error);

/*
 * The same for the newest release of the series that ARGUMENTS or FLAVOUR name, unless it is published.
 * OUT_PATH: where that is, to g_free(); NULL on failure.
 */
int kernel_lts_newest(const char *workspace, struct kernel_arguments *arguments, const ksig_flavour *flavour,
		      char **out_path, GError **error);
