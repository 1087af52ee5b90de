/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rpmbuild is given. */
#pragma once

#include "kmod/build.h"

/* Writes below TOP all that rpmbuild reads: SOURCES, SPECS and the file attribute. */
bool ksig_kmod_inputs_write(const struct ksig_kmod_build *build, const char *release, unsigned number,
			    const char *top, GError **error);

/*
 * What the modules of BUILD's WITH export, as the lines of a Module.symvers: what modpost and the generator
 * of dependencies are given; to g_free(). Empty if there is nothing.
 */
char *ksig_kmod_inputs_siblings(const struct ksig_kmod_build *build, GError **error);

/* What the packages depend on, as one hash; to g_free(). */
char *ksig_kmod_inputs_hash(const struct ksig_kmod_build *build, const char *release, GError **error);
