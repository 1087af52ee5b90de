/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Differences made by libgit2. */
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
