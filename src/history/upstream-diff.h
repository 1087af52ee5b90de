/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history, upstream-diff: what the vendor did differently from the upstream commit that a patch is. Both are
 * laid before git range-diff as commits with one message, in a scratch repository; where upstream's side is a
 * patch file, git diff compares the two texts. The workspace is not written to.
 */
#pragma once

#include "catalog/catalog.h"
#include "tree/tree.h"

enum ksig_upstream_state {
	KSIG_UPSTREAM_DIFFERS,
	KSIG_UPSTREAM_SAME,    /* but for line numbers */
	KSIG_UPSTREAM_UNKNOWN, /* there is nothing to compare with, or it is not at hand: REASON */
};
const char *ksig_history_upstream_state_name(enum ksig_upstream_state state);

struct ksig_upstream_diff {
	enum ksig_upstream_state state;
	char *with;   /* the commit, or the name of the patch file, that it was compared with; or NULL */
	char *reason; /* in words, why it is not known; or what else is to be said; or NULL */
	char *text;   /* as git range-diff writes it, without its first line; NULL: nothing differs */
};
void ksig_history_upstream_diff_free(struct ksig_upstream_diff *diff);
typedef struct ksig_upstream_diff ksig_upstream_diff;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_upstream_diff, ksig_history_upstream_diff_free)

/* A scratch repository that sees all that STORE sees; both must outlive it. */
typedef struct ksig_upstream_bench ksig_upstream_bench;
ksig_upstream_bench *ksig_history_upstream_open(ksig_catalog *catalog, ksig_store *store, GError **error);
void ksig_history_upstream_close(ksig_upstream_bench *bench);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_upstream_bench, ksig_history_upstream_close)

/* PATCH, with its reworks, beside its upstream commit. NULL with ERROR set only where the machine is at
 * fault. */
struct ksig_upstream_diff *ksig_history_upstream_compare(ksig_upstream_bench *bench,
							 const struct ksig_patch *patch, GError **error);
