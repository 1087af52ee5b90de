/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs of rpmbuild, and of mock around it. What is built and with which macros is the caller's; here is what
 * all runs share: the log, the time limit, the folder that kbuild compiles as progress, what went wrong in
 * words.
 */
#pragma once

#include "base/base.h"

struct ksig_rpmbuild {
	const char *log;       /* what the run says is added to it; NULL: only its errors are kept, in ours */
	const char *directory; /* where it runs; NULL: here */
	const char *const *environment; /* as of struct ksig_process_options */
	unsigned timeout_ms;
};

/* "rpmbuild WHAT --nodeps --define '_topdir …'", to be added to, of strings that are its own. WHAT: "-ba",
 * "-bs"… */
GPtrArray *ksig_rpm_build_command(const char *topdir, const char *what);

/* Adds "--define" and a macro with its value: "dist .el9". */
void ksig_rpm_build_define(GPtrArray *command, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Runs COMMAND, which is ended by it. A build that fails is an input error with the compiler's words in it,
 * for want of space an environment error. */
bool ksig_rpm_build_run(const struct ksig_rpmbuild *build, GPtrArray *command, GError **error);

/* The packages that a build left below TOPDIR in FOLDER ("RPMS"), sorted; none: an environment error.
 */
GPtrArray *ksig_rpm_build_packages(const char *topdir, const char *folder, GError **error);

/* The same, moved to the folder OUTPUT, and their paths there added to MOVED. */
bool ksig_rpm_build_collect(const char *topdir, const char *folder, const char *output, GPtrArray *moved,
			    GError **error);
