/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a candidate is believed, in words. */
#pragma once

#include "breakdown/work-internal.h"

/* One fact of the patch's evidence. TEXT is taken. */
bool record_say(struct ksig_work *work, int64_t patch_id, const char *kind, double weight, char *text,
		GError **error);

/* What speaks for the candidate that a patch is. */
bool record_say_evidence(struct ksig_work *work, int64_t id, uint32_t candidate, GError **error);
