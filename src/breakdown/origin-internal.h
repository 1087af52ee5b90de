/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose a part is. What no candidate explains is unexplained, and that says nothing of its author; the
 * vendor's own is what something says to be his: the words of the changelog or of a message, the places where
 * only vendors write, or a pool that was declared to be his.
 */
#pragma once

#include "assign/rebuild.h"
#include "breakdown/work-internal.h"

/* Gives the parts that STEPS (struct ksig_built_step *) build their kind, and those of the vendor's own the
 * reason. */
bool origin_decide(struct ksig_work *work, const GPtrArray *steps, GError **error);

/* Whether no upstream has a candidate in any folder that BUILT changes: it was not searched for there. */
bool origin_is_unsearched(struct ksig_work *work, const struct ksig_built_step *built);

/* Whether a message (or an entry's text) says that the change is the vendor's own. */
bool origin_says_vendor(const char *text);

/* Whether only vendors write at PATH. */
bool origin_is_vendor_path(const char *path);
