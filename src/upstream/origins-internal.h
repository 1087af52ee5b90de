/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "upstream/pool.h"

/* Where the candidates of a joined pool come from: those from FIRST on, up to the next origin's, of POOL. */
GArray *origins_new(void);
void origins_add(struct ksig_pool *joined, const struct ksig_pool *pool, uint32_t first);
