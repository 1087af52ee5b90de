/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The difference that is to be explained: from an old tree (the base, or the revision before) to a new one.
 *
 */
#pragma once

#include "match/side.h"

struct ksig_target_file {
	const struct ksig_change *change;
	const struct ksig_change *renamed_from; /* the deletion that is the other half of a rename; NULL */
	bool absorbed; /* this deletion is the other half of a rename: it has no lines of its own */
	struct ksig_target_side old_side;
	struct ksig_target_side new_side;
	GArray *runs; /* struct ksig_run */
	bool opaque;  /* binary, a link, a submodule, or its blob is missing: changes hands whole, as one line
		       */
};

static inline struct ksig_target_side *ksig_match_file_side(struct ksig_target_file *file, int added)
{
	return added ? &file->new_side : &file->old_side;
}

struct ksig_target {
	const ksig_store *store;
	git_oid old_tree;
	git_oid new_tree;
	GPtrArray *changes;             /* struct ksig_change *, sorted by path */
	struct ksig_target_file *files; /* one a change */
	uint32_t n_files;
	GHashTable *by_path; /* path → index + 1 of a changed file */
	GHashTable *
		all_paths; /* every path of either tree → the first 8 bytes of the old tree's blob; 0: none */
	uint64_t changed_lines;
	uint32_t n_missing; /* files of which a blob is missing */
};

typedef struct ksig_target ksig_target;
ksig_target *ksig_match_target_new(const ksig_store *store, const git_oid *old_tree, const git_oid *new_tree,
				   GError **error);
void ksig_match_target_free(ksig_target *target);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_target, ksig_match_target_free)

/*
 * The text of FILE's two sides. A kernel's changed files do not fit into memory all at once, so a file's text
 * is there only while somebody reads it.
 */
bool ksig_match_target_file_open(const ksig_target *target, struct ksig_target_file *file, GError **error);
void ksig_match_target_file_close(struct ksig_target_file *file);

/*
 * Joins deletions and additions into renames where POOL knows the rename and the files are alike: such a
 * file's difference is what really changed in it. Once, before evidence is collected.
 */
bool ksig_match_target_join_renames(ksig_target *target, const struct ksig_pool *pool, GError **error);

/* The first 8 bytes of a blob's id, as candidates have them. */
uint64_t ksig_match_target_blob_prefix(const git_oid *id);

/* The fingerprint of the one line that stands for an opaque file's content. */
uint32_t ksig_match_target_opaque_fingerprint(uint64_t blob_prefix);

#define KSIG_TARGET_NO_FILE UINT32_MAX

/*
 * Numbers the changed lines of all files' new sides (ADDED) or old sides through: where each file's begin, to
 * which ksig_match_side_changed_before() is added. OUT_COUNT: how many there are. Free with g_free().
 */
uint64_t *ksig_match_target_number_changed(const ksig_target *target, int added, uint64_t *out_count);

/* The changed file called PATH, or KSIG_TARGET_NO_FILE. */
uint32_t ksig_match_target_find(const ksig_target *target, const char *path);
