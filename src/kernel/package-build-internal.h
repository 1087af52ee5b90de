/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rpmbuild and mock for kernels. */
#pragma once

#include "kernel/kernel.h"

/* How packages are built. */
struct rpmbuild {
	const char *topdir; /* where it works: BUILD, SRPMS, RPMS */
	const char *dist;   /* NULL: RPM's own */
	const char *arch;
	const char *mock;           /* mock's configuration; NULL: rpmbuild itself */
	const char *const *defines; /* macros of the binary packages alone; NULL: none */
	const char *date;           /* YYYY-MM-DD: when it was built, as it says itself; NULL: now */
	unsigned jobs;
	const char *log; /* all that it says */
};

/* Makes a source package of SPEC and the folder SOURCES, below TOPDIR/SRPMS; gives its path. */
char *rpmbuild_source(const struct rpmbuild *build, const char *spec, const char *sources, GError **error);

/*
 * Builds SRPM to TOPDIR/RPMS; an interrupted build of the same source package goes on where kbuild was (not
 * in mock, which begins in a clean root). Shows the folder that is compiled as progress. Gives the paths of
 * the packages.
 */
GPtrArray *rpmbuild_binary(const struct rpmbuild *build, const char *srpm, GError **error);

/* The packages that SPEC makes, as rpmspec lists them: NAME-VERSION-RELEASE.ARCH. */
GPtrArray *rpmbuild_list(const struct rpmbuild *build, const char *spec, GError **error);
