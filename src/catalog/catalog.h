/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * catalog: WORKSPACE/catalog.db, what a breakdown found. Every SQL statement of ksig is in this folder.
 *
 * The model. A workspace follows one line of kernels: a base, then revisions in order. A *patch* has an
 * identity for as long as the vendor carries it; a *step* is a change of the tree that belongs to one patch
 * in one revision: the patch is introduced, reworked or dropped. Steps are commits in objects.git, one chain:
 * base, the steps of revision 1, the steps of revision 2, …; the tree of a revision's last step is the
 * vendor's tree. Everything here can be computed again from the inputs; a killed run leaves the last
 * committed revision.
 *
 * Strings in structures are owned by the structure. Lists are GPtrArrays that free their elements.
 */
#pragma once

#include "base/base.h"

typedef struct ksig_catalog ksig_catalog;

/*
 * Opens WORKSPACE/catalog.db (made if CREATE and absent; absent otherwise: a negative answer that says how to
 * make one). An older schema is migrated in one transaction; a newer one, or a damaged file, is an input
 * error.
 */
ksig_catalog *ksig_catalog_open(const char *workspace, bool create, GError **error);
void ksig_catalog_free(ksig_catalog *catalog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_catalog, ksig_catalog_free)

bool ksig_catalog_begin(ksig_catalog *catalog, GError **error);
bool ksig_catalog_commit(ksig_catalog *catalog, GError **error);
void ksig_catalog_rollback(ksig_catalog *catalog); /* no transaction open: nothing happens */

/* ---- settings ------------------------------------------------------------------------------------ */

/* Named values of the workspace ("base.argument", …). Get gives NULL without error where there is none. */
bool ksig_catalog_set(ksig_catalog *catalog, const char *name, const char *value, GError **error);
char *ksig_catalog_get(ksig_catalog *catalog, const char *name, GError **error);

/* ---- upstreams ----------------------------------------------------------------------------------- */

struct ksig_catalog_upstream {
	char *name;     /* unique: "stable", "mainline" */
	char *argument; /* "git:/src/linux.git@v4.18..v5.10": its place is absolute */
	bool own; /* the vendor's own: what has no upstream commit there is his. Once said, it stays so */
};
bool ksig_catalog_put_upstream(ksig_catalog *catalog, const struct ksig_catalog_upstream *upstream,
			       GError **error);
/* Forgets an upstream; patches that came from it keep its name. Not there: a negative answer. */
bool ksig_catalog_remove_upstream(ksig_catalog *catalog, const char *name, GError **error);
/* struct ksig_catalog_upstream *, in the order in which they were first named. */
GPtrArray *ksig_catalog_upstreams(ksig_catalog *catalog, GError **error);
void ksig_catalog_upstream_free(struct ksig_catalog_upstream *upstream);

/* ---- revisions ----------------------------------------------------------------------------------- */

struct ksig_revision {
	int64_t id;
	int position; /* 0 is the base, 1 the first revision */
	char *label;  /* unique in the workspace */
	char *argument;
	char *tree;   /* 40 hex: the vendor's tree, proved */
	char *commit; /* 40 hex: last step's commit in objects.git; the base's own commit for position 0 */
	char *date;   /* ISO 8601 from the changelog, or NULL */
	int64_t changed_lines;   /* added + removed against the revision before */
	int64_t explained_lines; /* of these, owned by patches with an upstream */
	int64_t model_id;        /* see catalog/models.h; 0: none was asked (the base, an import) */
	double threshold;        /* of the confidence; with a model only */
};
/* Adds it after the last one; its id is set. A label that is there is an input error. */
bool ksig_catalog_add_revision(ksig_catalog *catalog, struct ksig_revision *revision, GError **error);
bool ksig_catalog_update_revision(ksig_catalog *catalog, const struct ksig_revision *revision,
				  GError **error);
GPtrArray *ksig_catalog_revisions(ksig_catalog *catalog,
				  GError **error); /* struct ksig_revision *, by position */
/*
 * The one called LABEL, or the last one for NULL. LABEL may be shortened as far as it means one only: "80",
 * "-80.el8", "4.18.0-80", or its end. Unknown: a negative answer that suggests the nearest label; several:
 * one that names them.
 */
struct ksig_revision *ksig_catalog_find_revision(ksig_catalog *catalog, const char *label, GError **error);
/* The one whose label is LABEL, letter by letter, as a package or a tag has it; NULL: there is none. */
bool ksig_catalog_known_revision(ksig_catalog *catalog, const char *label,
				 struct ksig_revision **out_revision, GError **error);
void ksig_catalog_revision_free(struct ksig_revision *revision);

/* ---- patches ------------------------------------------------------------------------------------- */

enum ksig_patch_kind {
	KSIG_PATCH_EXACT,   /* same change */
	KSIG_PATCH_CONTEXT, /* same lines, other surroundings */
	KSIG_PATCH_ADAPTED, /* some lines differ */
	KSIG_PATCH_PARTIAL, /* some hunks absent */
	KSIG_PATCH_REVERT,  /* undoes what the base or an earlier revision carried */
	KSIG_PATCH_VENDOR,  /* something says that it is the vendor's own: evidence of kind "vendor" says what
			     */
	KSIG_PATCH_UNEXPLAINED, /* what remains: no candidate explains it, and nothing says whose it is */
	KSIG_PATCH_RELEASE, /* the way from one upstream release to the next: see ksig_catalog_last_release()
			     */
	KSIG_PATCH_KINDS,   /* how many there are */
};
const char *ksig_catalog_patch_kind_name(enum ksig_patch_kind kind);
bool ksig_catalog_patch_kind_parse(const char *name, enum ksig_patch_kind *out_kind, GError **error);

/* A confidence that is not there. */
#define KSIG_NONE (-1.0)

struct ksig_patch {
	int64_t id; /* also its number for people: "ksig show 17" */
	enum ksig_patch_kind kind;
	double confidence; /* in [0,1], calibrated, of a candidate; KSIG_NONE: it has none */
	double fit;     /* in [0,1]: how well a changelog entry fits that names what has no candidate; 0: none
			   does */
	char *source;   /* the upstream's name, or NULL */
	char *upstream; /* full id of the upstream commit that it is; NULL: it names none */
	char *candidate; /* the commit of a git pool that was found: UPSTREAM itself, or its backport there */
	char *member;    /* file name in a quilt or mbox pool, or NULL */
	char *subject;
	char *author;
	char *email;
	char *author_date; /* ISO 8601 */
	char *commit_date;
	char *purpose;        /* the commit message below the subject, or the changelog's text */
	char *content;        /* a sum over the lines that its candidate changes, or NULL */
	int64_t alternatives; /* what else could have been chosen (read only: counted from the evidence) */
	bool ambiguous;       /* … or little of it stands in the difference (read only) */
	bool unsearched;      /* no upstream covers its files (read only) */
	char *revision;       /* label that introduced it (read only) */
	char *dropped;        /* label that dropped it, or NULL (read only) */
	int64_t added;        /* lines, of all files, at introduction (read only: summed from files) */
	int64_t removed;
	int64_t files;
};
void ksig_catalog_patch_free(struct ksig_patch *patch);

/* Its id is set. Read-only members are ignored. */
bool ksig_catalog_add_patch(ksig_catalog *catalog, struct ksig_patch *patch, GError **error);
/* The patch comes from another place now: its source, ids, member and content are those of PATCH. */
bool ksig_catalog_move_patch(ksig_catalog *catalog, const struct ksig_patch *patch, GError **error);

enum ksig_step_action {
	KSIG_STEP_INTRODUCE,
	KSIG_STEP_REWORK,
	KSIG_STEP_DROP,
	KSIG_STEP_CARRY, /* put onto a new upstream release, unchanged */
};
const char *ksig_catalog_step_action_name(enum ksig_step_action action);

struct ksig_step {
	int64_t id;
	int64_t patch_id;
	int64_t revision_id;
	int position; /* in the chain, over all revisions: 1, 2, … */
	enum ksig_step_action action;
	char *commit; /* 40 hex in objects.git; its parent is the step before; NULL: the step changes no file
		       */
	char *reason; /* in words, why the patch was dropped; NULL: it was not, or nothing is known */
};
bool ksig_catalog_add_step(ksig_catalog *catalog, struct ksig_step *step, GError **error);
/* All steps of REVISION_ID in order (0: of all revisions). */
GPtrArray *ksig_catalog_steps(ksig_catalog *catalog, int64_t revision_id, GError **error);
/* The position of the last step of REVISION and of those before it (NULL: of all); 0: there is none. */
bool ksig_catalog_last_position(ksig_catalog *catalog, const struct ksig_revision *revision,
				int *out_position, GError **error);
GPtrArray *ksig_catalog_steps_of_patch(ksig_catalog *catalog, int64_t patch_id, GError **error);
/* The steps that change PATH, in order, over all revisions. */
GPtrArray *ksig_catalog_steps_of_path(ksig_catalog *catalog, const char *path, GError **error);
/* int64_t *: the other patches with a step behind position AFTER that changes a file of PATCH_ID before it
 * does. */
GPtrArray *ksig_catalog_before_patch(ksig_catalog *catalog, int64_t patch_id, int after, GError **error);
void ksig_catalog_step_free(struct ksig_step *step);
typedef struct ksig_step ksig_step;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_step, ksig_catalog_step_free)

/*
 * A revision may begin with a step of a patch of kind release: its tree is that of a newer upstream release,
 * and every patch that the revision has is put on top again. OUT_STEP is the last such step up to REVISION_ID
 * (0: of all), OUT_PATCH its patch (may be NULL); NULL where all stand on the base.
 */
bool ksig_catalog_last_release(ksig_catalog *catalog, int64_t revision_id, struct ksig_step **out_step,
			       struct ksig_patch **out_patch, GError **error);

/* What one step does to one file. */
struct ksig_step_file {
	int64_t step_id;
	char *path;
	int64_t added;
	int64_t removed;
};
bool ksig_catalog_add_step_file(ksig_catalog *catalog, const struct ksig_step_file *file, GError **error);
GPtrArray *ksig_catalog_step_files(ksig_catalog *catalog, int64_t step_id, GError **error);
/* What of REVISION_ID nobody explains, a path a row, by path; step_id is 0. */
GPtrArray *ksig_catalog_unexplained_files(ksig_catalog *catalog, int64_t revision_id, GError **error);
void ksig_catalog_step_file_free(struct ksig_step_file *file);

/* ---- what is contained --------------------------------------------------------------------------- */

/*
 * A commit or patch file that a revision holds without a line of its own: it is no patch, is counted nowhere
 * and not exported. KIND says how it is known:
 *
 *   history      upstream's history leads through it to what the vendor's files are
 *   superseded   its lines were rewritten by patches that are carried
 *   series       its series gives the vendor's files with it, and not without it
 *   import       it made files that came in as a whole
 *   undone       it is in, and so is what takes it back: nothing of it is left
 */
struct ksig_contained {
	int64_t id;
	int64_t revision_id;
	int64_t patch_id; /* the patch that took its place or takes it back; 0: none is known */
	char *kind;
	char *source; /* as of a patch */
	char *upstream;
	char *candidate;
	char *member;
	char *subject;
	char *reason; /* in words */
};
bool ksig_catalog_add_contained(ksig_catalog *catalog, const struct ksig_contained *contained,
				GError **error);
/* struct ksig_contained *, of REVISION_ID (0: of all) whose ids begin with ID (NULL: any), in order. */
GPtrArray *ksig_catalog_contained(ksig_catalog *catalog, int64_t revision_id, const char *id, GError **error);
void ksig_catalog_contained_free(struct ksig_contained *contained);

/* ---- evidence and references --------------------------------------------------------------------- */

/* Why a patch is believed to be what it is said to be: one fact a row, in words, with its kind for sorting.
 */
struct ksig_evidence {
	int64_t patch_id;
	char *kind; /* "lines", "file", "place", "changelog", "fixes", "prior", "alternative", "superseded", …
		     */
	char *text;    /* "12 of 12 added and 3 of 3 removed lines in drivers/net/a.c" */
	double weight; /* log odds that it adds; 0 where it is only said */
};
bool ksig_catalog_add_evidence(ksig_catalog *catalog, const struct ksig_evidence *evidence, GError **error);
GPtrArray *ksig_catalog_evidence(ksig_catalog *catalog, int64_t patch_id, GError **error);
/* All evidence of KIND over all patches, in the order in which it was added. */
GPtrArray *ksig_catalog_evidence_of_kind(ksig_catalog *catalog, const char *kind, GError **error);
void ksig_catalog_evidence_free(struct ksig_evidence *evidence);

/*
 * What a patch names: KIND is "cve", "cve-mention" (not as its fix), "ticket", "fixes", "reverts", "link",
 * "upstream" (an id that nobody could complete), or "twin" (the same in another pool).
 */
struct ksig_reference {
	int64_t patch_id;
	char *kind;
	char *value;
};
bool ksig_catalog_add_reference(ksig_catalog *catalog, const struct ksig_reference *reference,
				GError **error);
GPtrArray *ksig_catalog_references(ksig_catalog *catalog, int64_t patch_id, GError **error);
/* All references of KIND over all patches, by value, then by patch. */
GPtrArray *ksig_catalog_references_of_kind(ksig_catalog *catalog, const char *kind, GError **error);
void ksig_catalog_reference_free(struct ksig_reference *reference);

/* ---- the changelog's word ------------------------------------------------------------------------ */

struct ksig_entry {
	int64_t id;
	int64_t revision_id; /* the revision whose changelog first holds it */
	char *release;       /* label of the changelog's release that it stands under */
	char *date;          /* ISO day or NULL */
	int position;        /* in the release, from 0 */
	char *subject;
	char *subsystem;
	char *author;
	char *text;
	int64_t patch_id; /* the patch that it is about; 0: not found in the tree */
};
/* Its id is set. */
bool ksig_catalog_add_entry(ksig_catalog *catalog, struct ksig_entry *entry, GError **error);
bool ksig_catalog_link_entry(ksig_catalog *catalog, int64_t entry_id, int64_t patch_id, GError **error);
GPtrArray *ksig_catalog_entries(ksig_catalog *catalog, int64_t revision_id, GError **error); /* 0: all */
/* What became of the entries of the revisions after the one at position AFTER, up to that at UPTO. */
struct ksig_entry_counts {
	int64_t all;
	int64_t upstream; /* told to a patch that is upstream's */
	int64_t others;   /* told to one that is not: as well as words, size and release let one tell */
};
bool ksig_catalog_count_entries(ksig_catalog *catalog, int after, int upto,
				struct ksig_entry_counts *out_counts, GError **error);
/* All whose text has WORDS in it, in any case. */
GPtrArray *ksig_catalog_entries_with(ksig_catalog *catalog, const char *words, GError **error);
GPtrArray *ksig_catalog_entries_of_patch(ksig_catalog *catalog, int64_t patch_id, GError **error);
void ksig_catalog_entry_free(struct ksig_entry *entry);

/* ---- questions ----------------------------------------------------------------------------------- */

/*
 * What `ksig list` can be asked; all zero: every patch. Conditions are and-ed, what stands in one list
 * (NULL-ended; NULL: any) or-ed.
 */
struct ksig_filter {
	const char *const *kinds;   /* ksig_catalog_patch_kind_name() */
	const char *const *paths;   /* files, folders with all below, or patterns as "drivers/[*].h" */
	const char *const *sources; /* names of upstreams */
	const char *const *cves;
	const char *const *authors;    /* their name or address has it in it, case folded */
	const char *const *subsystems; /* a file of it is changed: "drivers/net", "kernel", "(top)" */
	const char *const *revisions;  /* introduced in one of them */
	const char *since; /* days, ISO 8601: committed, or taken over by the vendor, on it or later, … */
	const char *until; /* … or earlier */
	const char *at;    /* carried at this revision (introduced by then, not yet dropped) */
	const char *ticket;
	const char *function; /* changes this function's body (see ksig_history_names_update()) */
	const char *symbol;   /* defines or exports it */
	const char *config;   /* its lines name this configuration option, CONFIG_ and all */
	const char *text;     /* in subject or purpose, case folded */
	const char *upstream; /* id or its beginning: upstream's, or the pool's commit */
	double min_confidence;
	bool ambiguous;   /* only those with alternatives, or with little evidence of their own */
	const char *sort; /* ksig_catalog_orders(); NULL: by step */
	bool reverse;
	int64_t limit; /* so many at most; 0: all */
};
/* What a filter's `sort` may be; NULL-ended. */
const char *const *ksig_catalog_orders(void);
/* The patches for which FILTER holds, in step order. */
GPtrArray *ksig_catalog_patches(ksig_catalog *catalog, const struct ksig_filter *filter, GError **error);
/*
 * The same, one at a time: SEE gets each patch and says whether to go on; the patch is freed after that, so
 * SEE empties what it keeps. It may ask the catalog all but for patches. False with ERROR set by the catalog
 * or by SEE.
 */
typedef bool ksig_catalog_patch_fn(struct ksig_patch *patch, gpointer data, GError **error);
bool ksig_catalog_each_patch(ksig_catalog *catalog, const struct ksig_filter *filter,
			     ksig_catalog_patch_fn *see, gpointer data, GError **error);

/* By number, upstream or pool id (or at least 7 digits of it). Not found or ambiguous: a negative answer. */
struct ksig_patch *ksig_catalog_find_patch(ksig_catalog *catalog, const char *name, GError **error);

/*
 * Like the changed path, or the reference of KIND, that WORD may have meant; NULL if the catalog has none or
 * on an error. Free with g_free().
 */
char *ksig_catalog_nearest_path(ksig_catalog *catalog, const char *word);
char *ksig_catalog_nearest_reference(ksig_catalog *catalog, const char *kind, const char *word);

/*
 * The index of names: KIND is "function", "symbol" or "config". A step is looked at once: its names are
 * added, then it is ended.
 */
GPtrArray *ksig_catalog_steps_without_names(ksig_catalog *catalog, GError **error); /* id, commit only */
bool ksig_catalog_add_name(ksig_catalog *catalog, int64_t step_id, const char *kind, const char *name,
			   GError **error);
bool ksig_catalog_end_names(ksig_catalog *catalog, int64_t step_id, GError **error);
char *ksig_catalog_nearest_name(ksig_catalog *catalog, const char *kind, const char *word);

/* A revision's figures by kind: for the summary. */
struct ksig_kind_count {
	enum ksig_patch_kind kind;
	int64_t patches;
	int64_t added;
	int64_t removed;
};
GPtrArray *ksig_catalog_kinds(ksig_catalog *catalog, int64_t revision_id, GError **error);

typedef struct ksig_revision ksig_revision;
typedef struct ksig_patch ksig_patch;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_revision, ksig_catalog_revision_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_patch, ksig_catalog_patch_free)

/* ---- symbols of kernels -------------------------------------------------------------------------- */

/* One symbol that a kernel exports. */
struct ksig_catalog_symbol {
	char *name;
	char *module;           /* "vmlinux", or the path of the module in the kernel's tree */
	char *symbol_namespace; /* NULL: none */
	uint32_t crc;
	bool has_crc;
	bool gpl_only;
	bool stable;        /* on the stable list of that kernel; only read */
	uint64_t type_hash; /* of its prototype; 0: unknown */
};
void ksig_catalog_symbol_clear(struct ksig_catalog_symbol *symbol);

struct ksig_catalog_kernel {
	int64_t id, set_id; /* kernels of one set export the same with the same CRCs */
	int64_t n_symbols;
	int64_t struct_bytes; /* of its struct module; 0: unknown */
	char *label;          /* unique: its release */
	char *release, *flavour, *architecture;
	char *vermagic; /* NULL: unknown */
	char *source;   /* what it was read from */
	bool has_stable;
};
void ksig_catalog_kernel_free(struct ksig_catalog_kernel *kernel);

/*
 * Puts a kernel with what it exports, in place of one of the same label; its ids are set. STABLE: the names
 * on its stable list, NULL-ended; NULL: it has none. Runs best inside one transaction.
 */
bool ksig_catalog_put_kernel(ksig_catalog *catalog, struct ksig_catalog_kernel *kernel,
			     const struct ksig_catalog_symbol *symbols, size_t n_symbols,
			     const char *const *stable, GError **error);
GPtrArray *ksig_catalog_kernels(ksig_catalog *catalog, GError **error); /* by label */

/* False without error: KERNEL does not export NAME. OUT_SYMBOL is cleared by the caller. */
bool ksig_catalog_find_symbol(ksig_catalog *catalog, const struct ksig_catalog_kernel *kernel,
			      const char *name, struct ksig_catalog_symbol *out_symbol, GError **error);

/* Names (char *) whose CRC differs in TO, and names that TO does not export. */
bool ksig_catalog_compare_kernels(ksig_catalog *catalog, const struct ksig_catalog_kernel *from,
				  const struct ksig_catalog_kernel *to, GPtrArray **out_changed,
				  GPtrArray **out_gone, GError **error);
/* ---- news ---------------------------------------------------------------------------------------- */

/*
 * What ksig watch saw at a source: an item ("kernel-core-5.14.0-…", "6.12.9", "refs/tags/v6.12.9") of a value
 * (a sum, a date, an object), and how far what follows from it has come, a row a step. The step "" is the
 * item itself: "known" when it was there at the first look, "new", or "done" when all its steps are.
 */
struct ksig_news {
	char *source, *item, *step, *value;
	char *state;          /* "known", "new", "done", "failed", or as a job's state */
	char *message;        /* or NULL */
	char *seen, *changed; /* ISO 8601, UTC; set by the catalog */
};
void ksig_catalog_news_free(struct ksig_news *news);
/* Adds, or changes what is there under the same source, item and step. */
bool ksig_catalog_put_news(ksig_catalog *catalog, const struct ksig_news *news, GError **error);
/* SOURCE NULL: of all. Ordered by source, item, step. */
GPtrArray *ksig_catalog_news(ksig_catalog *catalog, const char *source, GError **error);
