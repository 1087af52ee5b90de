/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside history: looking through a pool for what a tree lacks. */
#pragma once

#include "history/carried-internal.h"

/* Which candidates count that name no commit: none, those with a hint (Cc: stable, CVE, syzbot), all. */
enum unnamed { UNNAMED_NONE, UNNAMED_FLAGGED, UNNAMED_ALL };

/*
 * Of the commits that name one which is carried, by whether that came as a patch, whether this one reverts it
 * and whether it has "Cc: stable": how many the vendor took, and how many not. What a vendor did so far is
 * the best there is to tell what he will want.
 */
enum { MISSING_CLASSES = 8 };
struct missing_habit {
	unsigned taken[MISSING_CLASSES];
	unsigned left[MISSING_CLASSES];
};

struct missing_search {
	const ksig_store *store;
	const struct ksig_pool *pool;
	const char *lacks;
	const GArray *carried; /* by the tree that may lack something */
	GHashTable *subjects;  /* of what that tree carries; NULL: ids have to do */
	const GArray *having;  /* only what these patches of the vendor are; NULL: whatever the pool has */
	ksig_presence *presence;
	GHashTable *seen; /* ids reported, and the ids that they name: the same fix in another tree */
	enum unnamed unnamed;
	const struct ksig_missing_options *options;
	struct missing_habit habit;
	GPtrArray *found;
};

/* Adds what of POOL is lacked to SEARCH->found. */
void missing_look_through(struct missing_search *search, const struct ksig_pool *pool);

/* Weighs what was found by the vendor's habit, puts the most pressing first, and verifies the commits. */
bool missing_rank(struct missing_search *search, GError **error);
