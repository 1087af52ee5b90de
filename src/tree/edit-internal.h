/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to a finished tree, and small changes to it. */
#pragma once

#include "tree/tree.h"

/* TREE without the entry NAME at its root. */
bool ksig_tree_without(ksig_store *store, const git_oid *tree, const char *name, git_oid *out_tree,
		       GError **error);

/* TREE with the tree SUBTREE as the folder NAME at its root, in place of what was there. */
bool ksig_tree_with(ksig_store *store, const git_oid *tree, const char *name, const git_oid *subtree,
		    git_oid *out_tree, GError **error);

/* The text of the file PATH of TREE, or NULL if it has none such; free with g_free(). */
char *ksig_tree_text(ksig_store *store, const git_oid *tree, const char *path);
