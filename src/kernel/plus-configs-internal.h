/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plus flavour in each of the base's configurations. */
#pragma once

#include "kernel/plus-internal.h"
#include "kernel/kernel-internal.h"

/*
 * Configures TREE by each configuration of the architecture, the main one first, in which every option of the
 * flavour has to take effect; and changes the files in SOURCES. Fills DECIDED, ABSENT and IDLE.
 */
bool plus_decide_configs(struct plus *plus, const char *tree, GError **error);
