/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files, followed through upstream's history from blob to blob. */
#pragma once

#include "match/evidence.h"

/* A candidate's file that is a changed file of the target: a step from one blob to the next. */
struct blob_stage {
	uint64_t old_blob;
	uint64_t new_blob;
	uint32_t candidate;
	uint32_t file; /* of the target */
	bool mode;     /* it changes the file's mode, and nothing else */
	bool rename;   /* it renames the file, and nothing else */
};

/*
 * struct blob_stage, by file of the target and in upstream's order. A joined pool has files of no candidate,
 * those of twins: they are no stages.
 */
GArray *blob_chain_stages(const ksig_evidence_set *set);

/* Fills REACHED, PASSED and BEHIND of all candidates, and turns lines that were rewritten on the way into
 * KSIG_FATE_PAST. */
void blob_chain_follow(ksig_evidence_set *set);
