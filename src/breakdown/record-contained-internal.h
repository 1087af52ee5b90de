/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a revision holds without a line of its own. */
#pragma once

#include "breakdown/work-internal.h"

/* Once the patches of REVISION are written. */
bool record_contained(struct ksig_work *work, const struct ksig_revision *revision, GError **error);

/* Adds the keys of what earlier revisions contain to KEYS, but for what was taken back again. */
bool record_contained_keys(ksig_catalog *catalog, GHashTable *keys, GError **error);
