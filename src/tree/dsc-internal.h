/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debian source packages. */
#pragma once

#include "tree/tree.h"

/* Each fills label, tree and, where there is one, changelog and patches. */
bool ksig_kernel_import_dsc(ksig_store *store, struct ksig_kernel *kernel, GError **error);
