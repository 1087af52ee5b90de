/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the lines are that no candidate explains. */
#pragma once

#include "breakdown/work-internal.h"

/* Fills RESULT's rest from the catalog. */
bool unexplained_places_sum(struct ksig_work *work, int64_t revision_id,
			    struct ksig_breakdown_revision *result, GError **error);
