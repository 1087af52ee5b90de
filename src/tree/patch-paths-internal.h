/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files a patch may touch. */
#pragma once

#include "tree/tree.h"

/*
 * The paths that a patch of TEXT may touch with -pSTRIP: a set of char *, safe ones only. OUT_REPOSITORY (may
 * be NULL): a name with a component .git among them, which is no file of a tree; free with g_free().
 */
GHashTable *ksig_patch_paths(const char *text, size_t length_bytes, unsigned strip, char **out_repository);
