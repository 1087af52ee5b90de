/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel that was asked for; a tarball as one, remembered by its digest. */
#pragma once

#include "tree/tree.h"

/* A kernel of which nothing is known but the ARGUMENT. */
struct ksig_kernel *ksig_kernel_new(const char *argument);

/* Imports the tarball at PATH, whose bytes have the digest SHA256; a known digest costs a look-up. */
bool ksig_tarball_import(ksig_store *store, const char *path, const char *sha256, git_oid *out_tree,
			 GError **error);
