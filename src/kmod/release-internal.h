/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Releases of packages. */
#pragma once

#include "kmod/build.h"

/* The file that keeps the hashes of what was built for RELEASE, a line each; to g_free(). */
char *ksig_kmod_release_path(const struct ksig_kmod_build *build, const char *release);

/*
 * The release of a package with the inputs HASH: the one that PATH has for it, else one above all that it
 * has, and not below LOWEST, which the recipe asks for.
 */
unsigned ksig_kmod_release_number(const char *path, const char *hash, unsigned lowest);

/* Keeps in PATH that HASH has NUMBER, once its packages are there. */
bool ksig_kmod_release_keep(const char *path, const char *hash, unsigned number, GError **error);
