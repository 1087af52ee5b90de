/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a revision takes back: the steps of the revisions before, turned round, are candidates like any other.
 * A patch of which most is undone was dropped; one of which some lines are undone was reworked. Private to
 * breakdown.
 */
#pragma once

#include "breakdown/evidence-internal.h"
#include "catalog/catalog.h"

struct undo {
	uint32_t candidate; /* of the pool of turned-round steps */
	int64_t patch_id;
	enum ksig_step_action action; /* KSIG_STEP_DROP or KSIG_STEP_REWORK */
};

struct undo_set {
	struct ksig_pool *pool;
	evidence_set *evidence;
	GArray *undos; /* struct undo, the newest step first */
	GArray *steps; /* int64_t: the patch of each candidate of the pool; 0: dropped already, or unknown */
};

typedef struct undo_set undo_set;

/* NULL without error: there is no step before this revision. */
undo_set *undo_collect(ksig_catalog *catalog, const ksig_target *target, GError **error);
void undo_set_free(undo_set *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(undo_set, undo_set_free)
