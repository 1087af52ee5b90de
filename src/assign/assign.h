/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The assignment: every changed line of the target, and every file as a whole, gets one owner. An owner is a
 * part of the difference: an accepted candidate, or a vendor patch.
 */
#pragma once

#include "assign/reverse-steps.h"
#include "match/changelog-entries.h"
#include "match/imports.h"

#define KSIG_NO_OWNER UINT32_MAX

/* A candidate that was not chosen, and fits as well. */
struct ksig_alternative {
	uint32_t candidate;
	uint32_t lines;    /* of the part's significant lines, those that it claims */
	uint32_t of_lines; /* how many of these the part has */
};

/* A patch-to-be. Parts stand in the order in which they are applied. */
struct ksig_part {
	const ksig_evidence_set *
		set; /* where the candidate is from: the upstreams, or the steps turned round; NULL: vendor */
	uint32_t candidate; /* of the pool; UINT32_MAX: a vendor patch */
	float confidence;   /* of a candidate; negative: none */
	float fit;          /* of the changelog entry that names what has no candidate; 0: none does */
	enum ksig_patch_kind kind;
	int64_t undoes;               /* the patch that this part takes back, wholly or in part; 0: none */
	enum ksig_step_action action; /* what the part does to that patch, else KSIG_STEP_INTRODUCE */
	char *subject;                /* of a vendor patch or an import; NULL otherwise */
	const struct ksig_match_import
		*import; /* this part is an import, CANDIDATE its last commit; NULL: it is not */
	const struct ksig_match_import *label; /* the import that it came in with; NULL: none */
	char *vendor_reason;                   /* of kind vendor: why; else NULL */
	GArray *entries; /* uint32_t, of the changelog's matches, that a vendor patch is about; NULL: none */
	GArray *possible_entries; /* uint32_t, of entries that may be about it, none more than another; NULL:
				     none */
	GArray *alternatives;     /* struct ksig_alternative, the closest first; NULL: none */
	uint32_t lines;           /* changed lines owned */
	uint32_t adopted;         /* of these, lines that the candidate does not have: adapted surroundings */
	uint32_t replayed;        /* of its files, those that its series, with it, gives exactly (series.c) */
};

/* A candidate that is believed and owns no line and no file: what history implies, and no patch. */
struct ksig_contained_part {
	uint32_t candidate;
	const char *kind; /* as of struct ksig_contained */
	uint32_t part;    /* that took its place, or takes it back; KSIG_NO_OWNER: none is known */
};

struct ksig_assignment {
	const ksig_target *target;
	GArray *parts;           /* struct ksig_part */
	GArray *contained;       /* struct ksig_contained_part */
	uint32_t *line_owner[2]; /* [added]: by changed line, as ksig_assign_number() says */
	uint64_t *line_base[2];
	uint64_t n_lines[2];
	uint32_t *file_owner; /* who adds, deletes, or changes the mode or the whole of an opaque file */
	bool *replayed;       /* by file: a series gives it exactly */
	uint64_t explained;   /* changed lines owned by candidates */
};

typedef struct ksig_assignment ksig_assignment;

/* What the assignment is made from, beside the candidates. */
struct ksig_claimants {
	const ksig_reverse_steps *undo; /* NULL: none */
	const ksig_import_set *imports;
	const ksig_entry_set *entries; /* NULL: no changelog */
};

/*
 * Candidates of at least THRESHOLD become parts and divide the lines among them; what was imported as a whole
 * is one part. Those that are left with no line and no file are contained, if history says why, or else
 * forgotten. What they leave goes to the patches that the reversed steps say were dropped or reworked; the
 * rest is cut into vendor parts, which those entries name that no candidate answers. A member of a series
 * that turns out to have nothing but its series' word loses its probability in ROUNDS, and the lines are
 * divided again.
 */
ksig_assignment *ksig_assign_make(ksig_rounds *rounds, const struct ksig_claimants *claimants,
				  float threshold, GError **error);
void ksig_assign_free(ksig_assignment *assignment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_assignment, ksig_assign_free)

/* The number of a changed line among all that are. */
static inline uint64_t ksig_assign_number(const ksig_assignment *assignment, int added, uint32_t file,
					  uint32_t line)
{
	const struct ksig_target_side *side = ksig_match_file_side(&assignment->target->files[file], added);

	return assignment->line_base[added][file] + ksig_match_side_changed_before(side, line);
}

static inline uint32_t ksig_assign_owner(const ksig_assignment *assignment, int added, uint32_t file,
					 uint32_t line)
{
	const struct ksig_target_side *side = ksig_match_file_side(&assignment->target->files[file], added);

	return ksig_match_side_is_changed(side, line)
		       ? assignment->line_owner[added][ksig_assign_number(assignment, added, file, line)]
		       : KSIG_NO_OWNER;
}

/* LINE, a changed one, is PART's. */
static inline void ksig_assign_own(ksig_assignment *assignment, int added, uint32_t file, uint32_t line,
				   uint32_t part)
{
	assignment->line_owner[added][ksig_assign_number(assignment, added, file, line)] = part;
}
