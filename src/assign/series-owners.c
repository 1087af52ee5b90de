/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Line owners from a replayed series: where replaying it gives a file exactly, the replay's word counts
 * instead of the claims'.
 */
#include "assign/series-owners-internal.h"
#include "assign/part-numbers-internal.h"

#include "match/series.h"

static void take_in(const struct ksig_series_stack *stack, const uint32_t *part_of)
{
	for (guint i = 0; i < stack->patches->len; i++)
		ksig_match_series_patch(stack, i)->in =
			part_of[ksig_match_series_patch(stack, i)->candidate] != KSIG_NO_OWNER;
}

/* Lines that the replay sees come from the old file, and the difference does not, are left as they are. */
static void own_lines(ksig_assignment *assignment, uint32_t file, const struct ksig_replay *replay,
		      const uint32_t *part_of)
{
	const struct ksig_target_file *f = &assignment->target->files[file];

	for (uint32_t i = 0; i < f->new_side.lines.count; i++) {
		const uint32_t c = g_array_index(replay->lines, struct ksig_replay_line, i).candidate;
		if (ksig_match_side_is_changed(&f->new_side, i) && c != UINT32_MAX)
			ksig_assign_own(assignment, 1, file, i, part_of[c]);
	}
	for (uint32_t i = 0; i < f->old_side.lines.count; i++)
		if (ksig_match_side_is_changed(&f->old_side, i) && replay->removed[i] != UINT32_MAX)
			ksig_assign_own(assignment, 0, file, i, part_of[replay->removed[i]]);
}

void series_owners_replay(ksig_assignment *assignment, const ksig_rounds *rounds, float threshold)
{
	g_autofree uint32_t *part_of = part_numbers_by_candidate(assignment, rounds);
	g_autoptr(GArray) stacks = ksig_match_series_stacks(rounds, threshold);
	struct ksig_replay replay;

	ksig_match_replay_init(&replay);
	for (guint i = 0; i < stacks->len; i++) {
		const struct ksig_series_stack *stack = &g_array_index(stacks, struct ksig_series_stack, i);
		take_in(stack, part_of);
		if (!ksig_match_series_replay(rounds, stack, &replay))
			continue;
		own_lines(assignment, stack->file, &replay, part_of);
		assignment->replayed[stack->file] = true;
		for (guint k = 0; k < stack->patches->len; k++) {
			const uint32_t p = part_of[ksig_match_series_patch(stack, k)->candidate];
			if (p != KSIG_NO_OWNER)
				g_array_index(assignment->parts, struct ksig_part, p).replayed++;
		}
	}
	ksig_match_replay_clear(&replay);
}
