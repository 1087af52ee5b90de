/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the lines of a hunk stand in the vendor's file. */
#pragma once

#include "match/evidence.h"

/* A run of significant lines of one side of a hunk. */
struct line_strand {
	uint32_t hashes[EVIDENCE_HUNK_LINES_LIMIT];
	uint8_t changed[EVIDENCE_HUNK_LINES_LIMIT];   /* by the candidate */
	uint32_t expected[EVIDENCE_HUNK_LINES_LIMIT]; /* line number in the file, if it has not drifted */
	uint32_t count;
	uint32_t function;                         /* of the hunk; 0: not known */
	const struct ksig_target_side *renamed_in; /* where it may have another name; NULL: nowhere */
};

struct line_place {
	uint32_t line;
	int score; /* of the neighbours, 0 to 255; -1: nowhere */
};

/* The lines of HUNK that its old side (OP: KSIG_LINE_REMOVED) or its new one (KSIG_LINE_ADDED) has. */
void line_strand_make(const struct ksig_pool *pool, const struct ksig_hunk *hunk, unsigned op,
		      struct line_strand *strand);

/* Notes whether the difference of FILE takes the strand's function's first line away. */
void line_strand_look_for_new_name(struct line_strand *strand, const struct ksig_target_file *file);

/* The best place of line I of STRAND on SIDE among the lines whose changed flag is CHANGED. OUT_PLACES: how
 * many lines are alike. */
struct line_place line_place_find(const struct ksig_match_parameters *parameters,
				  const struct line_strand *strand, uint32_t i, struct ksig_target_side *side,
				  bool changed, uint32_t *out_places);
