/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Series of patch files (quilt, mbox): a vendor applies one as a whole and in order, so its order tells what
 * its lines do not.
 */
#pragma once

#include "match/replay.h"
#include "match/rounds.h"

/*
 * One a candidate: the upstream that it is of is a series (of patch files) of which at least half is carried.
 * The word of another counts for nothing: what it shares with the vendor's own, that one explains as well.
 * Free with g_free().
 */
bool *ksig_match_series_speak(const ksig_rounds *rounds, float threshold);

/* The patches of one series that touch one file, in order. */
struct ksig_series_stack {
	uint32_t file; /* of the target */
	const struct ksig_pool *series;
	GArray *patches; /* struct ksig_replay_patch */
};

static inline struct ksig_replay_patch *ksig_match_series_patch(const struct ksig_series_stack *stack,
								guint i)
{
	return &g_array_index(stack->patches, struct ksig_replay_patch, i);
}

/* struct ksig_series_stack: of every series that speaks, and every file that it touches; nothing is in yet.
 */
GArray *ksig_match_series_stacks(const ksig_rounds *rounds, float threshold);

/* Replays what is in of STACK: see ksig_match_replay_run(). */
bool ksig_match_series_replay(const ksig_rounds *rounds, const struct ksig_series_stack *stack,
			      struct ksig_replay *replay);
