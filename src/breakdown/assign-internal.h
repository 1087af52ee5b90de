/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The assignment: every changed line of the target, and every file as a whole, gets one owner. An owner is a
 * part of the difference: an accepted candidate, or a vendor patch. Private to breakdown.
 */
#pragma once

#include "breakdown/entries-internal.h"
#include "breakdown/imports-internal.h"
#include "breakdown/undo-internal.h"

#define NO_OWNER UINT32_MAX

/* A candidate that was not chosen, and fits as well. */
struct rival {
	uint32_t candidate;
	uint32_t lines;    /* of the part's lines that tell something, those that it claims */
	uint32_t of_lines; /* … that there are */
};

/* A patch-to-be. Parts stand in the order in which they are applied. */
struct part {
	const evidence_set *
		set; /* where the candidate is from: the upstreams, or the steps turned round; NULL: vendor */
	uint32_t candidate; /* of the pool; UINT32_MAX: a vendor patch */
	float confidence;
	enum ksig_patch_kind kind;
	int64_t undoes;               /* the patch that this part takes back, wholly or in part; 0: none */
	enum ksig_step_action action; /* what the part does to that patch, else KSIG_STEP_INTRODUCE */
	char *subject;                /* of a vendor patch or an import; NULL otherwise */
	const struct import *import;  /* this part is an import, CANDIDATE its last commit; NULL: it is not */
	GArray *entries; /* uint32_t, of the changelog's matches, that a vendor patch is about; NULL: none */
	GArray *alternatives; /* … that may be about it, none more than another; NULL: none */
	GArray *rivals;       /* struct rival, the closest first; NULL: none */
	uint32_t lines;       /* changed lines owned */
	uint32_t adopted;     /* of these, lines that the candidate does not have: adapted surroundings */
	uint32_t replayed;    /* of its files, those that its series, with it, gives exactly (series.c) */
};

struct assignment {
	const ksig_target *target;
	GArray *parts;           /* struct part */
	uint32_t *line_owner[2]; /* [added]: by line, where line_base says; NO_OWNER for lines that are not
				    changed */
	uint64_t *line_base[2];
	uint64_t n_lines[2];
	uint32_t *file_owner; /* who adds, deletes, or changes the mode or the whole of an opaque file */
	bool *replayed;       /* by file: a series gives it exactly */
	uint64_t explained;   /* changed lines owned by candidates */
};

typedef struct assignment ksig_assignment;

/* What the assignment is made from, beside the candidates. */
struct claimants {
	const undo_set *undo; /* NULL: none */
	const import_set *imports;
	const entry_set *entries; /* NULL: no changelog */
};

/*
 * Candidates of at least THRESHOLD become parts and divide the lines among them; those of an import are one
 * part. What they leave goes to the patches that the undo set says were dropped or reworked; the rest is cut
 * into vendor parts, which those entries name that no candidate answers.
 */
ksig_assignment *assignment_make(const ksig_rounds *rounds, const struct claimants *claimants,
				 float threshold, GError **error);
void assignment_free(ksig_assignment *assignment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_assignment, assignment_free)

static inline uint32_t *assignment_owner(const ksig_assignment *assignment, int added, uint32_t file,
					 uint32_t line)
{
	return &assignment->line_owner[added][assignment->line_base[added][file] + line];
}

/* Gives what the parts' own hunks cover, and cannot be told by itself, to them (place.c). */
void assignment_place_hunks(ksig_assignment *assignment, const evidence_set *set);

/*
 * A patch of a series (quilt, mbox) that owns nothing, since others have its lines, is believed on the word
 * of its series alone: if that is not carried for the most part, or another series gives all of its files
 * exactly, its probability becomes 0. True if any did.
 */
bool strangers_doubt(ksig_rounds *rounds, const ksig_assignment *assignment, float threshold);

/* Makes one part of the parts that an import contains, in the place of the last (merge.c). */
void assignment_merge_imports(ksig_assignment *assignment, const ksig_rounds *rounds,
			      const import_set *imports);

/* Cuts what has no owner yet into vendor parts (residue.c). */
bool assignment_cut_residue(ksig_assignment *assignment, const entry_set *entries, GError **error);

/* Tells each part which candidates could have been chosen in its place (rivals.c). */
void assignment_find_rivals(ksig_assignment *assignment, const ksig_rounds *rounds);

/* ---- rebuilding ---------------------------------------------------------------------------------- */

/*
 * The bytes of file FILE, which is open, with the parts up to and including PART applied. PART UINT32_MAX:
 * all, which is the vendor's file. False: the file does not exist at this point. A renamed file stands under
 * its old name until its owner is in: see compose_path().
 */
bool compose_file(const ksig_assignment *assignment, uint32_t file, uint32_t part, GString *out_bytes,
		  uint16_t *out_mode, git_oid *out_blob);

/* The name under which the file stands at this point. */
const char *compose_path(const ksig_assignment *assignment, uint32_t file, uint32_t part);

/* One step of the chain as it was made. */
struct built_step {
	uint32_t part;
	git_oid commit; /* zero: it changes no file */
	GArray *files;  /* struct built_file */
};

struct built_file {
	uint32_t file; /* of the target */
	uint32_t added;
	uint32_t removed;
	uint16_t mode; /* 0: the file is not there after the step */
	git_oid blob;  /* what it is */
};

/*
 * Makes the chain: a commit a part that changes something, on top of PARENT. SUBJECT_OF gives the message.
 * The last tree is compared with the target's new tree; a difference is an error that names the path.
 */
typedef char *part_message_fn(uint32_t part, void *data);
GPtrArray *rebuild_chain(const ksig_assignment *assignment, const git_oid *parent, part_message_fn *message,
			 void *data, GError **error);
