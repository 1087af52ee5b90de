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

/* The chain as far as it has been read: a run over many revisions reads each step once. */
struct undo_chain {
	struct ksig_pool *pool;
	char *from; /* commits */
	char *to;
};

void undo_chain_clear(struct undo_chain *chain);

struct undo_set {
	const struct ksig_pool *pool; /* the chain's */
	evidence_set *evidence;
	GArray *undos; /* struct undo, the newest step first */
	GArray *steps; /* int64_t: the patch of each candidate of the pool; 0: dropped already, or unknown */
};

typedef struct undo_set undo_set;

/*
 * Reads into CHAIN what it lacks, and must not outlive it. NULL without error: there is no step before this
 * revision.
 */
undo_set *undo_collect(struct undo_chain *chain, ksig_catalog *catalog, const ksig_target *target,
		       GError **error);
void undo_set_free(undo_set *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(undo_set, undo_set_free)
