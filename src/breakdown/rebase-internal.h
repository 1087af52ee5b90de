/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A revision that starts from a newer upstream release than the one before it. The chain then does what a
 * packager does: it goes over to the release as it is, in one step, and puts every patch on again. What was
 * carried before and is put on again is the same patch, as it was or reworked; what is not was dropped.
 * Private to breakdown.
 */
#pragma once

#include "breakdown/record-internal.h"

struct rebase {
	char *label;      /* of the release */
	char *from_label; /* of the one before */
	git_oid tree;
	git_oid commit;
	git_oid from_tree;           /* of the revision before */
	git_oid from_base_commit;    /* what that one's patches stand on */
	git_oid from_commit;         /* its last */
	GPtrArray *live;             /* struct ksig_patch *: carried by the revision before */
	struct ksig_patch **matches; /* by part: the live patch that it is, or NULL */
	enum ksig_step_action *actions;
	GHashTable *taken;       /* ids of live patches that have a part */
	struct ksig_pool *steps; /* the steps of the patches of before, turned round */
	GHashTable *step_of;     /* commit -> candidate of STEPS + 1 */
};

/*
 * Begins it if RELEASE is another tree than what the last revision stands on; else leaves WORK->rebase NULL.
 * TREE and COMMIT are the last revision's, and then the release's.
 */
bool rebase_begin(struct ksig_work *work, const struct ksig_kernel *release, git_oid *tree, git_oid *commit,
		  GError **error);

/* Tells which parts are patches carried before; STEPS as rebuild_chain() made them. */
bool rebase_match(struct ksig_work *work, const GPtrArray *steps, GError **error);

/* Records the step to the release. POSITION: the last step's, and then this one's. */
bool rebase_record_release(struct ksig_work *work, const struct ksig_revision *revision, int *position,
			   GError **error);

/* Is PART a patch carried before? Then STEP gets its id and action, and the catalog where it comes from now.
 */
bool rebase_take(struct ksig_work *work, uint32_t part, struct ksig_step *step, bool *out_taken,
		 GError **error);

/* Records what was carried before and is not put on again. */
bool rebase_record_dropped(struct ksig_work *work, const struct ksig_revision *revision, int *position,
			   GError **error);
