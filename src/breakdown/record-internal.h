/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a breakdown keeps while it runs, and how it writes a revision to the catalog. Private to breakdown. */
#pragma once

#include "breakdown/assign-internal.h"
#include "breakdown/breakdown.h"
#include "breakdown/entries-internal.h"

typedef struct rebase ksig_rebase;
void rebase_free(struct rebase *rebase);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_rebase, rebase_free)

struct ksig_work {
	ksig_store *store;
	ksig_lock *lock;
	ksig_catalog *catalog;
	GPtrArray *pools;       /* struct ksig_pool *, as the user gave them */
	struct ksig_pool *pool; /* all of them as one */
	const char *changelog;  /* of kernels that bring none; NULL */
	double threshold;
	uint8_t *carried;            /* one a candidate of the pool: an earlier revision has it */
	struct undo_chain chain;     /* the steps of the revisions before */
	struct ksig_kernel *release; /* that the kernels start from; NULL: from what the last one does */
	/* of the revision at hand */
	ksig_target *target;
	evidence_set *set;
	ksig_rounds *rounds;
	entry_set *entries; /* NULL: there is no changelog */
	import_set *imports;
	undo_set *undo;
	ksig_assignment *assignment;
	int64_t *patch_ids;    /* one a part, once it is written */
	struct rebase *rebase; /* it starts from a newer release; NULL: from what the one before does */
};

/* The tree and commit of the catalog's last revision. */
bool record_last(struct ksig_work *work, git_oid *out_tree, git_oid *out_commit, GError **error);

/* Marks the candidates that the catalog's patches came from. */
bool record_carried(struct ksig_work *work, GError **error);

/* What tells a candidate, or a patch that came from one, from all others. */
char *record_candidate_key(const struct ksig_pool *origin, uint32_t number);
char *record_patch_key(const struct ksig_patch *patch);

/* What the candidate changes, as a number in words; NULL: nothing that tells. Free with g_free(). */
char *record_candidate_content(const struct ksig_pool *origin, uint32_t number);

/* Writes a commit that nobody signs: the same tree, PARENT (NULL: none) and MESSAGE make the same commit. */
bool record_write_commit(const ksig_store *store, const git_oid *tree, const git_oid *parent,
			 const char *message, git_oid *out_commit, GError **error);

/* A reference in objects.git, so that no garbage collection takes COMMIT away. */
bool record_keep_commit(struct ksig_work *work, const char *name, const char *commit, GError **error);

/* Rebuilds the assignment's parts on PARENT and writes it all in one transaction. */
bool record_revision(struct ksig_work *work, const struct ksig_kernel *kernel, const git_oid *parent,
		     struct ksig_breakdown_revision *result, GError **error);

/* Fills RESULT's rest from the catalog. */
bool record_sum_rest(struct ksig_work *work, int64_t revision_id, struct ksig_breakdown_revision *result,
		     GError **error);

/* ---- rows (record-patch.c, record-entries.c) ------------------------------------------------------ */

/* References of a patch: CVEs, tickets, the commits that it fixes; VALUES may be NULL. */
bool record_refer(struct ksig_work *work, int64_t id, const char *kind, char *const *values, GError **error);

/* The step that BUILT is of REVISION, at POSITION of it, with its patch where that is new. */
bool record_part(struct ksig_work *work, const struct built_step *built, const struct ksig_revision *revision,
		 int position, GError **error);

/* The changelog's entries, once all patches have their numbers; counts them in RESULT. */
bool record_entries(struct ksig_work *work, const struct ksig_revision *revision,
		    struct ksig_breakdown_revision *result, GError **error);

/* ---- words (record-words.c) ---------------------------------------------------------------------- */

/* One fact of the patch's evidence. TEXT is taken. */
bool record_say(struct ksig_work *work, int64_t patch_id, const char *kind, double weight, char *text,
		GError **error);

/* What speaks for the candidate that a patch is (record-evidence.c). */
bool record_say_evidence(struct ksig_work *work, int64_t id, uint32_t candidate, GError **error);

/* What else could have been chosen ("alternative"), and that little was enough ("thin"). */
bool record_say_rivals(struct ksig_work *work, int64_t id, const struct part *part, GError **error);

/* Why a vendor patch is one, and what may be about it. */
bool record_say_rest(struct ksig_work *work, int64_t id, const struct part *part, GError **error);

/* What the changelog says of a vendor patch, an entry a line; NULL: nothing. Free with g_free(). */
char *record_purpose(const struct ksig_work *work, const struct part *part);

/* ---- drops (record-drop.c) ------------------------------------------------------------------------ */

/*
 * Why STEPS, those of one patch, are not there any more: uint32_t, candidates of POOL, turned round. To be
 * asked when the revision's new patches are written. Free with g_free().
 */
char *record_drop_reason(struct ksig_work *work, const struct ksig_pool *pool, const GArray *steps,
			 GError **error);

/* ---- imports (record-import.c) ------------------------------------------------------------------- */

/* The commits that IMPORT contains, a line each. Free with g_free(). */
char *record_import_purpose(const struct ksig_work *work, const struct import *import);

/* … and as references of the patch. */
bool record_say_contained(struct ksig_work *work, int64_t patch_id, const struct import *import,
			  GError **error);

/* Adds the keys of what the imports among PATCHES contain to KEYS. */
bool record_add_contained(ksig_catalog *catalog, const GPtrArray *patches, GHashTable *keys, GError **error);
