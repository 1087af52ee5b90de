/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A revision that starts from a newer upstream release than the one before it. The chain then does what a
 * packager does: it goes over to the release as it is, in one step, and puts every patch on again. What was
 * carried before and is put on again is the same patch, as it was or reworked; what is not was dropped.
 */
#pragma once

#include "assign/rebuild.h"

struct rebase {
	const ksig_store *store;
	ksig_catalog *catalog;
	char *label;      /* of the release */
	char *from_label; /* of the one before */
	git_oid tree;
	git_oid commit;
	git_oid from_tree;        /* of the revision before */
	git_oid from_base_commit; /* what that one's patches stand on */
	git_oid from_commit;      /* its last */
	GPtrArray *live;          /* struct ksig_patch *: carried by the revision before */
	/* from rebase_match() on */
	const struct ksig_pool *pool;
	const ksig_assignment *assignment;
	struct ksig_patch **matches; /* by part: the live patch that it is, or NULL */
	enum ksig_step_action *actions;
	GHashTable *taken;       /* ids of live patches that have a part */
	GHashTable *contained;   /* id of a live patch -> struct ksig_contained_part that it is */
	struct ksig_pool *steps; /* the steps of the patches of before, turned round */
	GHashTable *step_of;     /* commit -> candidate of STEPS + 1 */
};

typedef struct rebase ksig_rebase;
void rebase_free(struct rebase *rebase);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_rebase, rebase_free)

/*
 * Begins it if RELEASE is another tree than what the last revision stands on; else OUT_REBASE becomes NULL.
 * TREE and COMMIT are the last revision's, and then the release's.
 */
bool rebase_begin(const ksig_store *store, ksig_catalog *catalog, const struct ksig_kernel *release,
		  struct rebase **out_rebase, git_oid *tree, git_oid *commit, GError **error);

/* Tells which parts are patches carried before; STEPS as ksig_assign_rebuild() made them. */
bool rebase_match(struct rebase *rebase, const struct ksig_pool *pool, const ksig_assignment *assignment,
		  const GPtrArray *steps, GError **error);
