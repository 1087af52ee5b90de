/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "breakdown/assign-internal.h"

/* A series of which less than this share is carried does not speak for its members. */
static const float WORD_OF_SERIES = 0.5F;

/* Whether the pool that CANDIDATE comes from is a series of which most patches are carried. */
static bool series_speaks_for(const ksig_rounds *rounds, uint32_t candidate, float threshold)
{
	const struct ksig_pool *joined = rounds->set->pool;
	uint32_t number = 0;
	const struct ksig_pool *series = ksig_pool_origin(joined, candidate, &number);
	uint32_t first = candidate - number;
	uint32_t carried = 0;

	for (uint32_t c = first; c < first + series->n_candidates; c++)
		carried += rounds_is_carried(rounds, c) || rounds->probability[c] >= threshold;
	return (float) carried >= WORD_OF_SERIES * (float) series->n_candidates;
}

static bool owns_a_file(const ksig_assignment *assignment, uint32_t part)
{
	for (uint32_t f = 0; f < assignment->target->n_files; f++)
		if (assignment->file_owner[f] == part)
			return true;
	return false;
}

bool strangers_doubt(ksig_rounds *rounds, const ksig_assignment *assignment, float threshold)
{
	bool any = false;

	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const struct part *part = &g_array_index(assignment->parts, struct part, p);
		uint32_t number = 0;
		if (part->set != rounds->set || part->import || part->lines > 0 ||
		    ksig_pool_origin(rounds->set->pool, part->candidate, &number)->git_dir ||
		    series_speaks_for(rounds, part->candidate, threshold) || owns_a_file(assignment, p))
			continue;
		rounds->probability[part->candidate] = 0;
		any = true;
	}
	return any;
}
