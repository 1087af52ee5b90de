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

/*
 * FUNCTION is the fingerprint of the function that the lines so far lead to; LINE is the next one. As in
 * git's
 * "@@" lines a line counts that begins with a letter: one that begins no function leads out of what there
 * was.
 */
void ksig_upstream_function_see(uint32_t *function, const char *line, size_t length_bytes);

/* A run of lines of a patch as `diff -u3` has it: LINES[first_line …] with context, removed and added lines.
 */
struct ksig_hunk {
	uint32_t old_start; /* from 1, as in the @@ line */
	uint32_t new_start;
	uint32_t first_line;
	uint32_t n_lines;
	uint32_t
		function; /* fingerprint of the name of the C function that all of it changes; 0: not known */
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
	uint32_t n_lines;  /* added and removed, those of hash 0 too */
	uint8_t named[20]; /* the upstream commit that its message says it is, as many digits as it says */
	uint16_t named_digits; /* 12 to 40; 0: it says nothing */
	uint16_t named_rank;   /* how plainly: see ksig_header's upstream_rank */
	int64_t quoted_time;   /* the earliest date that its message quotes, in seconds; 0: none */
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
	bool names_upstream;      /* a history of backports: a good part of its commits name another one */
	GArray *origins;          /* of a joined pool: private to join.c */
	GArray *ids;              /* of a joined pool: private to ids.c */
	uint32_t *twins;          /* of a joined pool: by candidate; NULL: no twins */
	uint32_t *next_twins;     /* … the next twin of the same candidate; UINT32_MAX: none */
	uint32_t *version_groups; /* of a joined pool: by candidate; NULL: none */
	uint32_t *next_versions;  /* … the next of the same group; UINT32_MAX: none */
	void *mapping;            /* what the arrays lie in: private to index.c */
	size_t mapping_bytes;
	void *storage;
};

/* The 40 digits of the candidate's id; NULL if it has none. Free with g_free(). */
char *ksig_upstream_candidate_hex(const struct ksig_candidate *candidate);

/*
 * The upstream commit that CANDIDATE of POOL (of one upstream, not joined) is, as far as POOL knows: what its
 * message names in full, else its own id in a git history; NULL: not known. 40 digits; free with g_free().
 *
 * In a history of which few commits name others, "cherry picked from" and a bare "commit X" speak of its own
 * branches: there only the plainer words count.
 */
char *ksig_upstream_candidate_upstream(const struct ksig_pool *pool, const struct ksig_candidate *candidate);

/*
 * When CANDIDATE was there at the earliest, in seconds since the epoch: of its own dates and those that it
 * quotes the first. 0: not known.
 */
int64_t ksig_upstream_candidate_born(const struct ksig_candidate *candidate);

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
 * A number that candidates share which are versions of one patch: the same upstream commit, or in pools of
 * patch files the same subject or file name. 0: a candidate without any of these.
 */
uint32_t ksig_upstream_pool_version_group(const struct ksig_pool *joined, uint32_t candidate);

/* The version after CANDIDATE of the same patch; UINT32_MAX: there is none. */
uint32_t ksig_upstream_pool_next_version(const struct ksig_pool *joined, uint32_t candidate);

/*
 * The candidate of JOINED whose id begins with the first DIGITS of PREFIX (16 at most, left-aligned), else
 * one that names such a commit as its upstream; UINT32_MAX: there is none.
 */
uint32_t ksig_upstream_pool_find(const struct ksig_pool *joined, uint64_t prefix, unsigned digits);

/*
 * As ksig_upstream_candidate_upstream(), of a candidate of JOINED; what it names with fewer than 40 digits is
 * completed where JOINED has that commit.
 */
char *ksig_upstream_pool_upstream(const struct ksig_pool *joined, uint32_t candidate);

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
