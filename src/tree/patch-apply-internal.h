/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Applies patches to a tree with the tool that %prep used. */
#pragma once

#include "tree/tree.h"

/*
 * Applies PATCHES (struct ksig_source_patch *) in order to TREE. Only the files that they name are laid out,
 * in a scratch folder that is gone afterwards.
 */
bool ksig_patches_apply(ksig_store *store, const git_oid *tree, GPtrArray *patches, git_oid *out_tree,
			GError **error);
