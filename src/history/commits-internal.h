/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside history: what a commit of the chain is made of. */
#pragma once

#include "tree/tree.h"

/* The trees of COMMIT (40 hex) and of its first parent (NULL: it has none); free both with git_tree_free().
 */
bool ksig_commit_trees(const ksig_store *store, const char *commit, git_tree **out_old, git_tree **out_new,
		       GError **error);

/*
 * What COMMIT changes, read without git, which gives up where a blob is absent: such a file changes hands
 * whole. CONTEXT lines around.
 */
GPtrArray *ksig_commit_diff_apart(const ksig_store *store, const char *commit, uint32_t context,
				  GError **error);

/*
 * The name that PATH, which COMMIT (40 hex) adds, had before it, if the commit removes a file that is alike
 * (by git's measure, half of it). NULL without error if there is none. Free with g_free().
 */
char *ksig_rename_source(const ksig_store *store, const char *commit, const char *path, GError **error);
