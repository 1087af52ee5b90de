/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "upstream/pool.h"

/* Fills NAMES_UPSTREAM of a pool of one upstream. */
void ids_count(struct ksig_pool *pool);

/* Fills IDS of a joined pool, whose origins are there. */
void ids_sort(struct ksig_pool *joined);
