/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaying: the patches of one series that touch a file, applied to the vendor's old file one after the
 * other, in the fingerprints of lines. Where that gives the vendor's new file, it is known of each line who
 * wrote it; and a patch without which it does not is carried, even if a later one of its series took all of
 * its lines away again. Private to breakdown.
 */
#pragma once

#include "breakdown/assign-internal.h"

/* What a patch of a series does to one file. */
struct replay_patch {
	const struct ksig_pool *series; /* whose FILE it is: a twin has its own surroundings there */
	uint32_t file;
	uint32_t candidate; /* of the joined pool; of twins the one that stands for them */
	bool in;            /* it is to be applied */
};

struct replay_line {
	uint32_t hash;
	uint32_t candidate; /* that wrote it; UINT32_MAX: it was there */
	uint32_t old_line;  /* … and where; UINT32_MAX otherwise */
};

/* A file in the making. */
struct replay {
	GArray *lines;     /* struct replay_line */
	uint32_t *removed; /* by old line: the candidate that took it away; UINT32_MAX: it is there */
};

void replay_init(struct replay *replay);
void replay_clear(struct replay *replay);

/*
 * Applies those of PATCHES that are in to the old side of FILE, with no fuzz. True: they apply, and what
 * comes out has the fingerprints of the new side.
 */
bool replay_run(struct replay *replay, const struct target_file *file, const struct replay_patch *patches,
		uint32_t n_patches);

/*
 * One a candidate: the upstream that it is of is a series (of patch files) of which at least half is carried.
 * The word of another counts for nothing: what it shares with the vendor's own, that one explains as well.
 * Free with g_free().
 */
bool *series_that_speak(const ksig_rounds *rounds, float threshold);

/*
 * What the upstreams that are series of patch files (quilt, mbox) tell by their order: a candidate below
 * THRESHOLD without which the others of its series do not give the vendor's files, and with which they do,
 * becomes certain. Only series that speak are looked at.
 */
void series_prove(ksig_rounds *rounds, float threshold);

/* Gives the lines of files that a series that speaks gives exactly to the parts that wrote and removed them.
 */
void assignment_replay_series(ksig_assignment *assignment, const ksig_rounds *rounds, float threshold);
