/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which commit of an upstream a tree was made from. */
#pragma once

#include "upstream/pool.h"

struct ksig_nearest {
	char *upstream; /* its name */
	char *commit;   /* 40 digits */
	char *tag;      /* that stands there; NULL: none */
	char *date;     /* ISO 8601, of the commit */
	uint64_t equal; /* files that it and the tree have alike, under the same name */
	uint64_t files; /* of the tree */
	uint64_t other; /* of the commit, that the tree lacks or has otherwise */
};
void ksig_upstream_nearest_free(struct ksig_nearest *nearest);

/*
 * Looks along the first parents of ARGUMENT's range, both ends included, for the commits that have most files
 * as TREE has them. Returns LIMIT of them (struct ksig_nearest *), the best first: commits that change none
 * of these files count once, by the oldest. ARGUMENT: [NAME=]git:REPOSITORY@FROM..TO.
 */
GPtrArray *ksig_upstream_nearest_find(ksig_store *store, const git_oid *tree, const char *argument,
				      guint limit, GError **error);
