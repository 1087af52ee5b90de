/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch on a tree by patch(1), and what that says of one that does not apply. */
#pragma once

#include "kernel/kernel.h"

/* Applies the patch at PATH to TREE, without fuzz. OUT_WHY (may be NULL): if not, what patch said, in a line.
 */
bool kernel_patch(const char *tree, const char *path, int flags, bool *out_applies, char **out_why,
		  GError **error);
