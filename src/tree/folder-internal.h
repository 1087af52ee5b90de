/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder into a git tree, without following links below it; .git at its root is left out, devices and
 * sockets are refused.
 */
#pragma once

#include "tree/tree-internal.h"
#include "tree/tree.h"

/* Imports the folder at PATH; a .git right below it is left out. */
bool ksig_folder_import(ksig_store *store, const char *path, const struct ksig_import_limits *limits,
			git_oid *out_tree, GError **error);
