/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source RPMs. */
#pragma once

#include "tree/tree.h"

bool ksig_kernel_import_srpm(ksig_store *store, struct ksig_kernel *kernel, GError **error);

/* The same for a folder of dist-git. */
bool ksig_kernel_import_dist_git(ksig_store *store, struct ksig_kernel *kernel, GError **error);
