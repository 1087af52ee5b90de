/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history: what the chain of steps says. Between the base and a revision stands a line of commits in
 * objects.git, one a step; this domain reads it: the difference of a step, the owner of a line, what two
 * revisions have and have not in common.
 */
#pragma once

#include "catalog/catalog.h"
#include "tree/tree.h"

/* ---- the chain ----------------------------------------------------------------------------------- */

/* A step with its patch and its revision; they belong to the chain. */
struct ksig_link {
	const struct ksig_step *step;
	const struct ksig_patch *patch;
	const struct ksig_revision *revision;
};

/* Everything from the base up to a revision, in order. */
struct ksig_chain {
	GPtrArray *revisions; /* struct ksig_revision *; the base first */
	GArray *links;        /* struct ksig_link */
	GPtrArray *steps;     /* what the links point to */
	GHashTable *patches;  /* int64_t id -> struct ksig_patch * */
};

/* The chain up to the revision called LABEL; NULL: up to the last one. A catalog without one: a negative
 * answer. */
struct ksig_chain *ksig_chain_load(ksig_catalog *catalog, const char *label, GError **error);
void ksig_chain_free(struct ksig_chain *chain);
typedef struct ksig_chain ksig_chain;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_chain, ksig_chain_free)

/* The chain's last revision. */
const struct ksig_revision *ksig_chain_revision(const struct ksig_chain *chain);

/* ---- the difference of a step -------------------------------------------------------------------- */

/* One file of a difference: its part of the text, in git's own format. */
struct ksig_file_diff {
	char *path; /* bytes as git has them */
	uint16_t old_mode;
	uint16_t new_mode; /* 0: not there */
	bool binary;
	git_oid new_blob;
	GString *text; /* "diff --git …" up to the next file */
};
void ksig_file_diff_free(struct ksig_file_diff *file);

/*
 * What COMMIT (40 hex, in STORE) changes against its first parent: struct ksig_file_diff, by path; three
 * lines of context, full ids, no renames; binary files as git's binary patches. A file that becomes a link
 * (or the other way) is two differences, the removal first.
 */
GPtrArray *ksig_commit_diff(const ksig_store *store, const char *commit, GError **error);

/* The same as one text; free with g_string_free(). */
GString *ksig_commit_diff_text(const ksig_store *store, const char *commit, GError **error);
