/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people call a revision. */
#pragma once

#include "catalog/catalog.h"

/*
 * Which of LABELS (char *) WORD means, whole or shortened as people do: how many it may be; OUT_INDEX: which,
 * if it is one. ERROR says which they are if there are several, and is not set if there is none.
 */
int ksig_label_find(const GPtrArray *labels, const char *word, guint *out_index, GError **error);
