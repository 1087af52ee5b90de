/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pools of patch files. */
#pragma once

#include "upstream/pool.h"
#include "upstream/upstream.h"

/* Fills POOL with MEMBERS (struct ksig_patch_file *), which it takes. */
bool ksig_pool_read_members(struct ksig_pool *pool, GPtrArray *members, GError **error);
