/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which patch changed a symbol's version. */
#pragma once

#include "kernel/kernel-internal.h"
#include "kernel/kernel.h"

/* Adds "patch NAME" to FOUND if a patch makes the difference. HASH: with all of them in the tree. */
bool blame_patches(const struct blame *blame, const char *hash, GPtrArray *found, GError **error);
