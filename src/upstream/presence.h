/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a candidate the files of one tree hold already. */
#pragma once

#include "upstream/pool.h"

/* What the files of one tree hold, read as they are asked for. */
typedef struct ksig_presence ksig_presence;
ksig_presence *ksig_upstream_presence_new(const ksig_store *store, const char *tree, GError **error);
void ksig_upstream_presence_free(ksig_presence *presence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_presence, ksig_upstream_presence_free)

/* False if a file that was asked for is there and could not be read: the answers that it gave are worth
 * nothing. */
bool ksig_upstream_presence_check(const ksig_presence *presence, GError **error);

/*
 * How much of CANDIDATE is still to be done, in [0,1]: the share of its added lines that its files lack and
 * of its removed lines that they have. Little (not nothing) if its files are not there at all.
 */
double ksig_upstream_presence_to_do(ksig_presence *presence, const struct ksig_pool *pool,
				    const struct ksig_candidate *candidate);

/*
 * The same of the lines that the candidate adds or removes, but not both: what it moves or only indents tells
 * nothing. For a yes or no, where the other is for an order. 0: no line is left to tell.
 */
double ksig_upstream_presence_to_change(ksig_presence *presence, const struct ksig_pool *pool,
					const struct ksig_candidate *candidate);
