/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool: every candidate patch of one upstream, with what it changes reduced to fingerprints.
 *
 * A line is a 30-bit hash of its bytes without white space, and an operation in two bits. A line with no
 * letter or digit (a brace, a blank) has hash 0: it is counted nowhere. All arrays are flat, offsets and not
 * pointers, so that a pool of a git upstream is a memory-mapped file (index.c) and half a million commits
 * cost what they touch.
 *
 * Candidates stand in upstream order, oldest first, a commit after its parents.
 */
#pragma once

#include "tree/tree.h"

enum { KSIG_LINE_CONTEXT, KSIG_LINE_ADDED, KSIG_LINE_REMOVED };

static inline unsigned ksig_upstream_line_op(uint32_t line)
{
	return line & 3;
}

static inline uint32_t ksig_upstream_line_hash(uint32_t line)
{
	return line >> 2;
}

/* The 30-bit fingerprint of a line, with or without its newline. 0: nothing to tell it by. */
uint32_t ksig_upstream_line_fingerprint(const char *line, size_t length_bytes);

/* A run of lines of a patch as `diff -u3` has it: LINES[first_line …] with context, removed and added lines.
 */
struct ksig_hunk {
	uint32_t old_start; /* from 1, as in the @@ line */
	uint32_t new_start;
	uint32_t first_line;
	uint32_t n_lines;
};

enum ksig_candidate_file_flags {
	KSIG_FILE_BINARY = 1 << 0,
	KSIG_FILE_ADDED = 1 << 1,
	KSIG_FILE_DELETED = 1 << 2,
	KSIG_FILE_RENAMED = 1 << 3,
	KSIG_FILE_MODE = 1 << 4, /* the mode changes */
};

struct ksig_candidate_file {
	uint64_t old_blob; /* the first 8 bytes of the blob's id, big-endian; 0: none, or not known (mail) */
	uint64_t new_blob;
	uint32_t old_path; /* offsets into the strings */
	uint32_t new_path;
	uint32_t first_hunk;
	uint32_t n_hunks;
	uint32_t flags;
	uint32_t reserved;
};

enum ksig_candidate_flags {
	KSIG_CANDIDATE_CC_STABLE = 1 << 0,
	KSIG_CANDIDATE_FIXES = 1 << 1,  /* has a Fixes: trailer */
	KSIG_CANDIDATE_REVERT = 1 << 2, /* says that it reverts a commit */
	KSIG_CANDIDATE_CVE = 1 << 3,
	KSIG_CANDIDATE_SYZBOT = 1 << 4,
};

/* A commit that a candidate names: Fixes: or "This reverts commit". */
struct ksig_candidate_reference {
	uint64_t prefix;  /* the first digits of the id, left-aligned */
	uint32_t digits;  /* how many, 7 to 16 */
	uint32_t reverts; /* 1: reverts it; 0: fixes it */
};

struct ksig_candidate {
	uint8_t id[20]; /* the commit; of a quilt or mbox member the upstream id that it names, or zero */
	uint32_t flags;
	int64_t author_time; /* seconds since the epoch */
	int64_t commit_time;
	uint32_t subject; /* offset into the strings */
	uint32_t author;  /* "Name <mail>" */
	uint32_t member;  /* name in a quilt or mbox pool; 0 otherwise */
	uint32_t first_file;
	uint32_t n_files;
	uint32_t first_reference;
	uint32_t n_references;
	uint32_t n_lines; /* added and removed, those of hash 0 too */
};

struct ksig_pool {
	char *name;     /* what the user calls the upstream */
	char *argument; /* as it can be given again, from any folder */
	char *git_dir;  /* of a git upstream; NULL otherwise */
	GPtrArray *
		members; /* struct ksig_patch_file *, of a quilt or mbox pool, by candidate; NULL otherwise */
	const struct ksig_candidate *candidates;
	const struct ksig_candidate_file *files;
	const struct ksig_hunk *hunks;
	const uint32_t *lines;
	const struct ksig_candidate_reference *references;
	const char *strings; /* offset 0 is "" */
	uint32_t n_candidates;
	uint32_t n_files;
	uint32_t n_hunks;
	uint64_t n_lines;
	uint32_t n_references;
	uint64_t n_strings_bytes;
	uint32_t n_skipped;       /* commits left out because an object is missing */
	GArray *origins;          /* of a joined pool: private to join.c */
	uint32_t *twins;          /* of a joined pool: by candidate; NULL: no twins */
	uint32_t *next_twins;     /* … the next twin of the same candidate; UINT32_MAX: none */
	uint32_t *version_groups; /* of a joined pool: by candidate; NULL: none */
	void *mapping;            /* what the arrays lie in: private to index.c */
	size_t mapping_bytes;
	void *storage;
};

/* The 40 digits of the candidate's id; NULL if it has none. Free with g_free(). */
char *ksig_upstream_candidate_hex(const struct ksig_candidate *candidate);

/*
 * A sum over what a candidate changes, wherever it stands: paths and changed lines, no context. 0: nothing
 * that tells.
 */
uint64_t ksig_upstream_candidate_content(const struct ksig_pool *pool,
					 const struct ksig_candidate *candidate);

static inline const char *ksig_upstream_pool_string(const struct ksig_pool *pool, uint32_t offset)
{
	return pool->strings + offset;
}

/*
 * Opens the pool that ARGUMENT names: [NAME=]git:REPOSITORY@FROM..TO, [NAME=]quilt:DIRECTORY or
 * [NAME=]mbox:FILE. A git repository is attached to STORE, its index is made or extended below
 * WORKSPACE/index, with N_JOBS git processes (0: one a processor).
 */
struct ksig_pool *ksig_upstream_pool_open(ksig_store *store, const char *argument, unsigned n_jobs,
					  GError **error);
void ksig_upstream_pool_free(struct ksig_pool *pool);
typedef struct ksig_pool ksig_pool;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_pool, ksig_upstream_pool_free)

/*
 * All POOLS (struct ksig_pool *) as one, in the order given; they must outlive it. A candidate that changes
 * the same lines in the same files as an earlier one of another pool, or of the same series, is its twin: it
 * has no files here and is only named beside the other.
 */
struct ksig_pool *ksig_upstream_pool_join(const GPtrArray *pools);

/* The pool that CANDIDATE of a joined pool comes from, and its number there. */
const struct ksig_pool *ksig_upstream_pool_origin(const struct ksig_pool *joined, uint32_t candidate,
						  uint32_t *out_candidate);

/*
 * A number that candidates share which are versions of one patch: the same upstream id, else the same
 * subject, or the same file name, in pools of patch files. 0: a candidate of a git history, or without
 * either.
 */
uint32_t ksig_upstream_pool_version_group(const struct ksig_pool *joined, uint32_t candidate);

/* The candidate of which CANDIDATE is the twin, or CANDIDATE itself. */
uint32_t ksig_upstream_pool_twin(const struct ksig_pool *joined, uint32_t candidate);

/* The twin after CANDIDATE of the candidate that both are twins of; UINT32_MAX: there is none. */
uint32_t ksig_upstream_pool_next_twin(const struct ksig_pool *joined, uint32_t candidate);

/*
 * The commits FROM..TO of STORE, each turned round: what undoes it. For asking whether a later tree took back
 * what an earlier one had taken in. KEEP: its index is kept, so that only what is new is read the next time.
 */
struct ksig_pool *ksig_upstream_pool_open_undo(const ksig_store *store, const char *from, const char *to,
					       bool keep, GError **error);

/* The message of a candidate, header apart: from git or from its file. Free with ksig_upstream_header_free().
 */
struct ksig_header *ksig_upstream_pool_header(const struct ksig_pool *pool, const ksig_store *store,
					      uint32_t candidate, GError **error);
