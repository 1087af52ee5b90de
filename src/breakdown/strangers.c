/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "breakdown/replay-internal.h"

static bool owns_a_file(const ksig_assignment *assignment, uint32_t part)
{
	for (uint32_t f = 0; f < assignment->target->n_files; f++)
		if (assignment->file_owner[f] == part)
			return true;
	return false;
}

bool strangers_doubt(ksig_rounds *rounds, const ksig_assignment *assignment, float threshold)
{
	g_autofree bool *speaks = series_that_speak(rounds, threshold);
	bool any = false;

	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const struct part *part = &g_array_index(assignment->parts, struct part, p);
		uint32_t number = 0;
		if (part->set != rounds->set || part->import || part->lines > 0 ||
		    rounds->outlooks[part->candidate].replayed ||
		    ksig_pool_origin(rounds->set->pool, part->candidate, &number)->git_dir ||
		    speaks[part->candidate] || owns_a_file(assignment, p))
			continue;
		rounds->probability[part->candidate] = 0;
		any = true;
	}
	return any;
}
