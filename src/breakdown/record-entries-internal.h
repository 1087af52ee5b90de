/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the changelog. */
#pragma once

#include "breakdown/work-internal.h"

/* The changelog's entries, once all patches have their numbers; counts them in RESULT. */
bool record_entries(struct ksig_work *work, const struct ksig_revision *revision,
		    struct ksig_breakdown_revision *result, GError **error);
