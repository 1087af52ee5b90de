/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The symbols that a kernel's vendor keeps, as a build is told of them. */
#pragma once

#include "kmod/build.h"

/* The names of BUILD's list of stable symbols, a line each, sorted; to g_free(). Empty if there is none. */
char *ksig_kmod_stable_names(const struct ksig_kmod_build *build, GError **error);
