/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pieces of what no candidate explains, put together into vendor patches to be. */
#pragma once

#include "assign/naming-internal.h"

#define NO_GROUP UINT32_MAX

/* A vendor patch to be. */
struct group {
	char *subject;    /* the entry's; a title once titles_give() was asked */
	uint32_t entry;   /* NO_ENTRY: not named by the changelog */
	float fit;        /* of that entry */
	uint32_t part;    /* KSIG_NO_OWNER until it is made */
	const char *what; /* of a whole folder: that it is new or gone; else NULL */
	bool is_same;     /* the same change in several places */
	bool of_file;     /* what is left of a file, or a part of that */
};

struct grouping {
	ksig_assignment *assignment;
	const ksig_pieces *pieces;
	const ksig_entry_set *entries;
	struct piece_name *names;
	GArray *groups;     /* struct group */
	uint32_t *group_of; /* by piece */
};

static inline struct group *group_at(const struct grouping *grouping, uint32_t group)
{
	return &g_array_index(grouping->groups, struct group, group);
}

/* Gives every piece a group (groups.c). */
void groups_form(struct grouping *grouping);
