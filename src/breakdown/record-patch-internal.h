/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a patch. */
#pragma once

#include "assign/rebuild.h"
#include "breakdown/work-internal.h"

/* References of a patch: CVEs, tickets, the commits that it fixes; VALUES may be NULL. */
bool record_refer(struct ksig_work *work, int64_t id, const char *kind, char *const *values, GError **error);

/* The step that BUILT is of REVISION, at POSITION of it, with its patch where that is new. */
bool record_part(struct ksig_work *work, const struct ksig_built_step *built,
		 const struct ksig_revision *revision, int position, GError **error);
