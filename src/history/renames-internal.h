/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name that a file had before a step renamed it, by libgit2's search for similar files. */
#pragma once

#include "tree/tree.h"

/*
 * The name that PATH, which COMMIT (40 hex) adds, had before it, if the commit removes a file that is alike
 * (by git's measure, half of it). NULL without error if there is none. Free with g_free().
 */
char *ksig_rename_source(const ksig_store *store, const char *commit, const char *path, GError **error);
