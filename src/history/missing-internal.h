/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside history: looking through a pool for what a tree lacks. */
#pragma once

#include "history/carried-internal.h"

/* Which candidates count that name no commit: none, those with a hint (Cc: stable, CVE, syzbot), all. */
enum unnamed { UNNAMED_NONE, UNNAMED_FLAGGED, UNNAMED_ALL };

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
	GPtrArray *found;
};

/* Adds what of POOL is lacked to SEARCH->found. */
void missing_look_through(struct missing_search *search, const struct ksig_pool *pool);

/* The most pressing first: a GCompareFunc over struct ksig_missing *. */
gint missing_by_pressing(gconstpointer a, gconstpointer b);
