/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tells a candidate, or a patch that came from one, from all others. All are freed with g_free(). */
#pragma once

#include "catalog/catalog.h"
#include "upstream/pool.h"

char *key_of_candidate(const struct ksig_pool *origin, uint32_t number);
char *key_of_patch(const struct ksig_patch *patch);

/* What the candidate changes, as a number in words; NULL: none of its lines is significant. */
char *key_of_content(const struct ksig_pool *origin, uint32_t number);
