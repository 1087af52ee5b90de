/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a revision that starts from a newer release. */
#pragma once

#include "breakdown/work-internal.h"

/* Records the step to the release. POSITION: the last step's, and then this one's. */
bool rebase_record_release(struct ksig_work *work, const struct ksig_revision *revision, int *position,
			   GError **error);

/* Is PART a patch carried before? Then STEP gets its id and action, and the catalog where it comes from now.
 */
bool rebase_take(struct ksig_work *work, uint32_t part, struct ksig_step *step, bool *out_taken,
		 GError **error);

/* Records what was carried before and is not put on again. */
bool rebase_record_dropped(struct ksig_work *work, const struct ksig_revision *revision, int *position,
			   GError **error);
