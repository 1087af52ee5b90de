/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts that go, and the numbers of the others then. */
#pragma once

#include "assign/assign.h"

/*
 * Takes the parts that do not stay (STAYS: a flag a part) away. MAP is by old number the number whose part
 * has what the old one owned, KSIG_NO_OWNER where it owned nothing. Before there are vendor parts: nothing
 * hangs on the others yet that would be lost.
 */
void part_numbers_change(ksig_assignment *assignment, const uint8_t *stays, const uint32_t *map);

/* One a candidate: its part, KSIG_NO_OWNER where there is none. Free with g_free(). */
uint32_t *part_numbers_by_candidate(const ksig_assignment *assignment, const ksig_rounds *rounds);
