/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pieces of the rest, put together into vendor patches to be. Private to breakdown. */
#pragma once

#include "breakdown/pieces-internal.h"

#define NO_GROUP UINT32_MAX

/* A vendor patch to be. */
struct group {
	char *subject;
	uint32_t entry; /* NO_ENTRY: not named by the changelog */
	float confidence;
	uint32_t part; /* NO_OWNER until it is made */
};

struct residue {
	ksig_assignment *assignment;
	const ksig_pieces *pieces;
	const entry_set *entries;
	const struct piece_name *names;
	GArray *groups;     /* struct group */
	uint32_t *group_of; /* by piece */
};

static inline struct group *group_at(const struct residue *residue, uint32_t group)
{
	return &g_array_index(residue->groups, struct group, group);
}

/* Gives every piece a group (groups.c). */
void residue_group(struct residue *residue);
