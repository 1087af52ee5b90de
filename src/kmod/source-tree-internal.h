/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checksum of a source that is a folder, as a tarball has one. */
#pragma once

#include "kmod/build.h"

/* The SHA-256 of all files below FOLDER but the file RECIPE (may be NULL), as the recipe's "tree" has it; to
 * g_free(). */
char *ksig_kmod_source_tree_sum(const char *folder, const char *recipe, GError **error);
