/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commits of the chain that are no part's, and the references that keep all. */
#pragma once

#include "tree/tree.h"

/* Writes a commit that nobody signs: the same tree, PARENT (NULL: none) and MESSAGE make the same commit. */
bool commit_write(const ksig_store *store, const git_oid *tree, const git_oid *parent, const char *message,
		  git_oid *out_commit, GError **error);

/* A reference in objects.git, so that no garbage collection takes COMMIT away. */
bool commit_keep(const ksig_store *store, const char *name, const char *commit, GError **error);
