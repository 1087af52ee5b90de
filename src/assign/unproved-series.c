/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A patch that owns no line and no file, and that no replay proves, is doubted if its series does not speak,
 * or if another one gives all of its files.
 */
#include "assign/unproved-series-internal.h"
#include "match/series.h"

static bool owns_a_file(const ksig_assignment *assignment, uint32_t part)
{
	for (uint32_t f = 0; f < assignment->target->n_files; f++)
		if (assignment->file_owner[f] == part)
			return true;
	return false;
}

/* Another series gives all of its files exactly, and its own does not. */
static bool is_superfluous(const ksig_assignment *assignment, const struct ksig_part *part)
{
	const struct ksig_candidate *candidate = &part->set->pool->candidates[part->candidate];

	for (uint32_t f = candidate->first_file; f < candidate->first_file + candidate->n_files; f++)
		if (part->set->paths[f].fate != KSIG_PATH_CHANGED ||
		    !assignment->replayed[part->set->paths[f].file])
			return false;
	return candidate->n_files > 0 && part->replayed == 0;
}

bool unproved_series_doubt(ksig_rounds *rounds, const ksig_assignment *assignment, float threshold)
{
	g_autofree bool *speaks = ksig_match_series_speak(rounds, threshold);
	bool any = false;

	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const struct ksig_part *part = &g_array_index(assignment->parts, struct ksig_part, p);
		uint32_t number = 0;
		if (part->set != rounds->set || part->import || part->lines > 0 ||
		    rounds->outlooks[part->candidate].replayed ||
		    ksig_upstream_pool_origin(rounds->set->pool, part->candidate, &number)->git_dir ||
		    (speaks[part->candidate] && !is_superfluous(assignment, part)) ||
		    owns_a_file(assignment, p))
			continue;
		rounds->probability[part->candidate] = 0;
		any = true;
	}
	return any;
}
