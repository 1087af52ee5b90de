/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel from what stands in its packages. */
#pragma once

#include "kmod/build.h"

/* Whether RELEASE, which PATH says, may be a kernel's: it becomes part of paths, specs and names. */
bool ksig_kmod_release_check(const char *path, const char *release, GError **error);

/* The configuration of the kernel whose build folder HEADERS is, as kbuild reads it; to g_free(). NULL:
 * unknown. */
char *ksig_kmod_headers_configuration(const char *headers);
