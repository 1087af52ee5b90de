/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/plan.h"

enum { LIVE_LIMIT_REASONS = 50 };

/* What the patch changes: its steps that bring or rework it, one after the other. (plan.c) */
GString *live_patch_diff(ksig_catalog *catalog, const ksig_store *store, int64_t patch_id, GError **error);
