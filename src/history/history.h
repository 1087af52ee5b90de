/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history: what the chain of steps says. Between the base and a revision stands a line of commits in
 * objects.git, one a step; this domain reads it: the difference of a step, the owner of a line, what two
 * revisions have and have not in common.
 */
#pragma once

#include "catalog/catalog.h"
#include "tree/tree.h"
#include "upstream/pool.h"

/* ---- the chain ----------------------------------------------------------------------------------- */

/* A step with its patch and its revision; they belong to the chain. */
struct ksig_link {
	const struct ksig_step *step;
	const struct ksig_patch *patch;
	const struct ksig_revision *revision;
	bool whole; /* the step is all of the patch: it is new, or put onto a newer release */
};

/* Everything from the base up to a revision, in order. */
struct ksig_chain {
	GPtrArray *revisions; /* struct ksig_revision *; the base first */
	GArray *links;        /* struct ksig_link */
	GPtrArray *steps;     /* what the links point to */
	GHashTable *patches;  /* int64_t id -> struct ksig_patch * */
	guint first; /* number of the first link on the last upstream release: there the series begins */
	const char *standing; /* label of that release, or of the base */
};

/* The chain up to the revision called LABEL; NULL: up to the last one. A catalog without one: a negative
 * answer. */
struct ksig_chain *ksig_history_chain_load(ksig_catalog *catalog, const char *label, GError **error);
void ksig_history_chain_free(struct ksig_chain *chain);
typedef struct ksig_chain ksig_chain;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_chain, ksig_history_chain_free)

/* Leaves the links of the patches whose numbers (int64_t *) are in NUMBERS. */
void ksig_history_chain_select(struct ksig_chain *chain, GHashTable *numbers);

/* The chain's last revision. */
const struct ksig_revision *ksig_history_chain_revision(const struct ksig_chain *chain);

/* ---- the difference of a step -------------------------------------------------------------------- */

/* One file of a difference: its part of the text, in git's own format. */
struct ksig_file_diff {
	char *path; /* bytes as git has them */
	uint16_t old_mode;
	uint16_t new_mode; /* 0: not there */
	bool binary;
	bool absent; /* no repository has the content of one of its sides */
	git_oid new_blob;
	GString *text; /* "diff --git …" up to the next file */
};
void ksig_history_file_diff_free(struct ksig_file_diff *file);

enum ksig_diffs_form {
	KSIG_DIFFS_PATCH, /* three lines of context, binary files as git's binary patches */
	KSIG_DIFFS_WHOLE, /* all lines of the file are context, binary files are only named */
};

/*
 * What COMMITS (char *, 40 hex, in STORE) change against their first parents, one after the other: git reads
 * them in one go, which costs a fraction of asking for each. Full ids, no renames; a file that becomes a link
 * (or the other way) is two differences, the removal first. A file of which the repositories lack a blob is
 * given as a binary one.
 */
typedef struct ksig_diffs ksig_diffs;
ksig_diffs *ksig_history_diffs_open(const ksig_store *store, const GPtrArray *commits,
				    enum ksig_diffs_form form, GError **error);
void ksig_history_diffs_close(ksig_diffs *diffs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_diffs, ksig_history_diffs_close)

/*
 * Goes on to the next commit, then gives its files by path until there is none left (NULL without error).
 * Free each with ksig_history_file_diff_free().
 */
bool ksig_history_diffs_step(ksig_diffs *diffs, GError **error);
struct ksig_file_diff *ksig_history_diffs_file(ksig_diffs *diffs, GError **error);

/* All of the next commit: its struct ksig_file_diff, or one text (free with g_string_free()). */
GPtrArray *ksig_history_diffs_next(ksig_diffs *diffs, GError **error);
GString *ksig_history_diffs_next_text(ksig_diffs *diffs, GError **error);

/* The same of one commit alone. */
GPtrArray *ksig_history_commit_diff(const ksig_store *store, const char *commit, GError **error);
GString *ksig_history_commit_diff_text(const ksig_store *store, const char *commit, GError **error);

/* ---- who wrote a line ---------------------------------------------------------------------------- */

/* A line's owner: the step that wrote it, or the base. */
struct ksig_line_owner {
	const struct ksig_step *step; /* NULL: it stands in the base */
	uint32_t base_line;           /* there, from 0, if STEP is NULL */
};

/* The lines of a file at a revision and who wrote each. */
struct ksig_owners {
	GPtrArray *steps; /* what the owners point to: arrays of struct ksig_step * */
	char *base_path;  /* the file's name in the base; NULL: no line of it stands there */
	GArray *owners;   /* struct ksig_line_owner, one a line */
	struct ksig_lines lines;
};

/*
 * Follows PATH from the base to REVISION through the steps that the catalog says changed it: what git blame
 * on the exported branch says, through renames, at the price of one line difference a step. A path that is
 * not in the revision is a negative answer that suggests the nearest changed one.
 */
struct ksig_owners *ksig_history_owners_load(ksig_catalog *catalog, const ksig_store *store,
					     const struct ksig_revision *revision, const char *path,
					     GError **error);
void ksig_history_owners_free(struct ksig_owners *owners);
typedef struct ksig_owners ksig_owners;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_owners, ksig_history_owners_free)

/*
 * "a.c:17" is line 17 of a.c, "./a.c:10-20" are lines 10 to 20; without numbers behind a last colon both are
 * 0. Free OUT_PATH.
 */
void ksig_history_place_parse(const char *place, char **out_path, uint32_t *out_first, uint32_t *out_last);

/*
 * The upstream commit of line LINE (from 0) of PATH in the base, if the base's argument is a git revision
 * that is still there: "id subject". NULL without error where there is no history.
 */
char *ksig_history_owners_base_commit(ksig_store *store, const struct ksig_revision *base, const char *path,
				      uint32_t line, GError **error);

/* The commit of a git repository, still there, that the base was given as, if its tree is the base's. */
bool ksig_history_base_commit(ksig_store *store, const struct ksig_revision *base, git_oid *out_commit);

/*
 * Which patch the commit ID (or a beginning of it), of an exported branch or of the chain itself, is a step
 * of: what its trailer says, if a step of that patch has the same tree. 0: none.
 */
int64_t ksig_history_patch_of_commit(ksig_catalog *catalog, const ksig_store *store, const char *id);

/* ---- what a step touches ------------------------------------------------------------------------- */

/*
 * Brings the catalog's index of names up to date: for each step not yet looked at, the functions whose bodies
 * it changes, the symbols that it defines or exports, the configuration options that its lines name. Long
 * only the first time. OUT_ABSENT: so many files were left out, of all so far, whose content no repository
 * has.
 */
bool ksig_history_names_update(ksig_catalog *catalog, const ksig_store *store, unsigned *out_absent,
			       GError **error);

/* ---- types --------------------------------------------------------------------------------------- */

/* A patch that changes the definition of a type. */
struct ksig_type_patch {
	char *type; /* "struct sock" */
	char *path; /* where it is defined */
	int64_t patch_id;
	char *revision, *subject;
	char *upstream; /* or NULL */
};
void ksig_history_type_patch_free(struct ksig_type_patch *found);

/*
 * The patches of the steps after revision FROM up to TO that change lines inside the definitions of
 * structures, unions and enumerations, in step order: an array of struct ksig_type_patch.
 */
GPtrArray *ksig_history_type_patches(ksig_catalog *catalog, const ksig_store *store, const char *from,
				     const char *to, GError **error);

/* ---- two revisions compared ---------------------------------------------------------------------- */

enum ksig_difference_kind {
	KSIG_DIFFERENCE_ADDED,
	KSIG_DIFFERENCE_DROPPED,
	KSIG_DIFFERENCE_REWORKED,
	KSIG_DIFFERENCE_ANNOUNCED, /* a changelog entry whose code was not found */
};
const char *ksig_history_difference_kind_name(enum ksig_difference_kind kind);

struct ksig_difference {
	enum ksig_difference_kind kind;
	struct ksig_patch *patch; /* NULL: announced only */
	char *subsystem;
	char *entry;  /* the changelog's words, or NULL */
	char *reason; /* of a dropped patch, why; or NULL */
};
void ksig_history_difference_free(struct ksig_difference *difference);

/*
 * What OTHER has and has not that ONE has, by kind, then subsystem, then step. If OTHER stands before ONE in
 * the catalog, what was added since then is dropped, and the reverse.
 */
GPtrArray *ksig_history_revisions_compare(ksig_catalog *catalog, const char *one, const char *other,
					  GError **error);

/* ---- what is missing ----------------------------------------------------------------------------- */

enum ksig_missing_relation {
	KSIG_MISSING_FIXES,   /* the target */
	KSIG_MISSING_REVERTS, /* the target */
	KSIG_MISSING_CARRIES, /* it names none: the other tree just has it */
};
const char *ksig_history_missing_relation_name(enum ksig_missing_relation relation);

/* A candidate of an upstream that fixes or reverts a commit which a tree carries, and is not carried there.
 */
struct ksig_missing {
	const char *lacks; /* which tree: the revision's label, or the name of the upstream compared with */
	const struct ksig_pool *from; /* where it is from; the pool must outlive this */
	uint32_t candidate;           /* its number there */
	int64_t fix_id; /* the vendor's patch that it is, where an upstream lacks what the vendor has; else 0
			 */
	char id[GIT_OID_HEXSZ + 1]; /* empty for a member that names no commit */
	char *origin;               /* the commit that it says it was made from, or NULL */
	char *pool;
	char *subject;
	char *author;
	char *date; /* day of the commit, ISO 8601 */
	enum ksig_missing_relation relation;
	char target[17];  /* the digits that it names; empty: none */
	int64_t patch_id; /* the patch that carries the target; 0: the base has it */
	char *subsystem;
	double confidence; /* that the target is there and this is not, in [0,1] */
	double wanted; /* how often the vendor took its like, against how often he takes any; 1: as often */
	bool cc_stable;
	bool cve;
	bool syzbot;
};
void ksig_history_missing_free(struct ksig_missing *missing);

struct ksig_missing_options {
	double min_confidence; /* less sure than this is left out */
	bool read_messages; /* also read what stands in words, as "Follow-up for ID": a look at each commit */
};

/*
 * What of POOLS (struct ksig_pool *) is missing at REVISION, the most pressing first: how sure, weighed by
 * Cc: stable, CVE and syzbot, and by how often the vendor took its like. How sure is made of the confidence
 * of the patch that carries the target and of how much of the fix stands in the vendor's files already.
 * OUT_UNREAD counts the histories before a pool's range that could not be read: of their commits nothing is
 * known.
 */
GPtrArray *ksig_history_missing_find(ksig_catalog *catalog, const ksig_store *store,
				     const struct ksig_revision *revision, const GPtrArray *pools,
				     const struct ksig_missing_options *options, unsigned *out_unread,
				     GError **error);

/*
 * The vendor against another line of the same origin: a longterm tree, AGAINST (a git upstream). What either
 * lacks of the other's, the most pressing first: of AGAINST's commits those that the vendor lacks (fixes of
 * what it carries, and what names nothing), and of the vendor's patches the fixes that AGAINST lacks, of
 * commits that are there. OUT_TREE: AGAINST's newest tree.
 */
GPtrArray *ksig_history_missing_against(ksig_catalog *catalog, ksig_store *store,
					const struct ksig_revision *revision, const GPtrArray *pools,
					const struct ksig_pool *against,
					const struct ksig_missing_options *options, git_oid *out_tree,
					unsigned *out_unread, GError **error);
