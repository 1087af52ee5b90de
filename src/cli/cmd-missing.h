/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ksig missing looks in. */
#pragma once

#include "cli/cmd.h"
#include "export/export.h"

/* Less sure than this is left out, if nothing else is asked for. */
#define KSIG_MISSING_CONFIDENCE 0.3

/* Opens the UPSTREAMS that the user names (NULL-ended) or, for NULL, those KNOWN to the workspace into POOLS.
 */
bool ksig_missing_open_pools(const GPtrArray *known, char *const *upstreams, ksig_store *store,
			     GPtrArray *pools, GError **error);

/*
 * The upstream AGAINST: one of POOLS or of those KNOWN, by name, or an UPSTREAM of its own; it is opened into
 * OTHERS if POOLS does not have it. Unknown: a negative answer with the nearest name.
 */
const struct ksig_pool *ksig_missing_find_against(const GPtrArray *known, const char *against,
						  ksig_store *store, const GPtrArray *pools,
						  GPtrArray *others, GError **error);

/* Writes what of FOUND the tree TREE, called LACKS, lacks to the file MBOX, and says to stderr how that went.
 */
bool ksig_missing_write_mbox(ksig_catalog *catalog, const ksig_store *store, const GPtrArray *found,
			     const char *lacks, const git_oid *tree, const char *mbox, GError **error);

/*
 * What the last revision misses of the workspace's upstreams, which are opened into POOLS and must outlive
 * it. NULL without error: it has no upstream.
 */
GPtrArray *ksig_missing_of_workspace(ksig_catalog *catalog, ksig_store *store, GPtrArray *pools,
				     GError **error);
