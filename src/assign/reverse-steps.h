/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a revision takes back: the steps of the revisions before, turned round, are candidates like any other.
 * A patch of which most is undone was dropped; one of which some lines are undone was reworked.
 */
#pragma once

#include "match/evidence.h"
#include "catalog/catalog.h"

struct ksig_reverse_step {
	uint32_t candidate; /* of the pool of turned-round steps */
	int64_t patch_id;
	enum ksig_step_action action; /* KSIG_STEP_DROP or KSIG_STEP_REWORK */
};

/* The chain as far as it has been read: a run over many revisions reads each step once. */
struct ksig_reverse_chain {
	struct ksig_pool *pool;
	char *from; /* commits */
	char *to;
};

void ksig_assign_reverse_chain_clear(struct ksig_reverse_chain *chain);

struct ksig_reverse_steps {
	const struct ksig_pool *pool; /* the chain's */
	ksig_evidence_set *evidence;
	GArray *reversals; /* struct ksig_reverse_step, the newest step first */
	GArray *steps; /* int64_t: the patch of each candidate of the pool; 0: dropped already, or unknown */
};

typedef struct ksig_reverse_steps ksig_reverse_steps;

/*
 * Reads into CHAIN what it lacks, and must not outlive it. NULL without error: there is no step before this
 * revision.
 */
ksig_reverse_steps *ksig_assign_reverse_steps_collect(struct ksig_reverse_chain *chain, ksig_catalog *catalog,
						      const ksig_target *target,
						      const struct ksig_match_parameters *parameters,
						      GError **error);
void ksig_assign_reverse_steps_free(ksig_reverse_steps *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_reverse_steps, ksig_assign_reverse_steps_free)
