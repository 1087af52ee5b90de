/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes parts out of an assignment: owners of lines and files, and what is contained, get the new numbers. */
#include "assign/part-numbers-internal.h"

#include <string.h>

static void close_gaps(ksig_assignment *assignment, const uint8_t *stays)
{
	uint32_t count = 0;

	for (uint32_t p = 0; p < assignment->parts->len; p++)
		if (stays[p])
			g_array_index(assignment->parts, struct ksig_part,
				      count++) = g_array_index(assignment->parts, struct ksig_part, p);
	g_array_set_size(assignment->parts, count);
}

static void move_owners(uint32_t *owners, uint64_t count, const uint32_t *map)
{
	for (uint64_t i = 0; i < count; i++)
		if (owners[i] != KSIG_NO_OWNER)
			owners[i] = map[owners[i]];
}

static void move_contained(ksig_assignment *assignment, const uint32_t *map)
{
	for (guint i = 0; i < assignment->contained->len; i++) {
		uint32_t *part = &g_array_index(assignment->contained, struct ksig_contained_part, i).part;
		if (*part != KSIG_NO_OWNER)
			*part = map[*part];
	}
}

void part_numbers_change(ksig_assignment *assignment, const uint8_t *stays, const uint32_t *map)
{
	for (int added = 0; added < 2; added++)
		move_owners(assignment->line_owner[added], assignment->n_lines[added], map);
	move_owners(assignment->file_owner, assignment->target->n_files, map);
	move_contained(assignment, map);
	close_gaps(assignment, stays);
}

uint32_t *part_numbers_by_candidate(const ksig_assignment *assignment, const ksig_rounds *rounds)
{
	const uint32_t n = rounds->set->pool->n_candidates;
	uint32_t *map = g_new(uint32_t, n + 1);

	memset(map, 0xff, (n + 1) * sizeof *map);
	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const struct ksig_part *part = &g_array_index(assignment->parts, struct ksig_part, p);
		if (part->set == rounds->set)
			map[part->candidate] = p;
	}
	return map;
}
