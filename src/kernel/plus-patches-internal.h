/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plus flavour's patches on the vendor's tree. */
#pragma once

#include "kernel/plus-internal.h"
#include "kernel/kernel-internal.h"

/*
 * Applies the flavour's patches to TREE, the vendor's, in their order; what comes off it as a whole is in it
 * already: DROPPABLE. The others become sources of the package.
 */
bool plus_try_patches(struct plus *plus, const char *tree, GError **error);
