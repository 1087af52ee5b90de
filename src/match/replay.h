/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaying: the patches of one series that touch a file, applied to the vendor's old file one after the
 * other, in the fingerprints of lines. Where that gives the vendor's new file, it is known of each line who
 * wrote it; and a patch without which it does not is carried, even if a later one of its series took all of
 * its lines away again.
 */
#pragma once

#include "match/target.h"

/* What a patch of a series does to one file. */
struct ksig_replay_patch {
	const struct ksig_pool *series; /* whose FILE it is: a twin has its own surroundings there */
	uint32_t file;
	uint32_t candidate; /* of the joined pool; of twins the one that stands for them */
	bool in;            /* it is to be applied */
};

struct ksig_replay_line {
	uint32_t hash;
	uint32_t candidate; /* that wrote it; UINT32_MAX: it was there */
	uint32_t old_line;  /* where it was there; UINT32_MAX: it was not */
};

/* A file in the making. */
struct ksig_replay {
	GArray *lines;     /* struct ksig_replay_line */
	uint32_t *removed; /* by old line: the candidate that took it away; UINT32_MAX: it is there */
};

void ksig_match_replay_init(struct ksig_replay *replay);
void ksig_match_replay_clear(struct ksig_replay *replay);

/*
 * Applies those of PATCHES that are in to the old side of FILE, with no fuzz. True: they apply, and what
 * comes out has the fingerprints of the new side.
 */
bool ksig_match_replay_run(struct ksig_replay *replay, const struct ksig_target_file *file,
			   const struct ksig_replay_patch *patches, uint32_t n_patches);
