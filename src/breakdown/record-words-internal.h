/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is not sure, and what a vendor patch is about, in words. */
#pragma once

#include "breakdown/work-internal.h"

/* What else could have been chosen ("alternative"), and that little was enough ("thin"). */
bool record_say_alternatives(struct ksig_work *work, int64_t id, const struct ksig_part *part,
			     GError **error);

/* Why a vendor patch is one, and what may be about it. */
bool record_say_unexplained(struct ksig_work *work, int64_t id, const struct ksig_part *part, GError **error);

/* What the changelog says of a vendor patch, an entry a line; NULL: nothing. Free with g_free(). */
char *record_purpose(const struct ksig_work *work, const struct ksig_part *part);
