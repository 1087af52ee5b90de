/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source as ksig's own copy, so that what is checked is what is built. */
#pragma once

#include "kmod/build.h"

/*
 * The source as ksig's own, in FOLDER, to be checked and built from there; to g_free(). A kernel's folder
 * that the recipe has no sum of is itself.
 */
char *ksig_kmod_source_take(const struct ksig_kmod_build *build, const char *folder, GError **error);
