/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probabilities in rounds: the first looks at each candidate alone, the later ones also at what the round
 * before believed of its neighbours.
 */
#pragma once

#include "match/model.h"

/* Of the candidates that the code alone refutes [0] and proves [1], how many the changelog names. */
struct ksig_agreement {
	float named[2];
	float all[2];
};

struct ksig_rounds {
	ksig_evidence_set *set; /* its own */
	const struct ksig_model *model;
	const uint8_t *carried; /* one a candidate: 1 if an earlier revision took it in; NULL: none */
	const uint8_t *named;   /* one a candidate: the changelog names it, with how many others and itself;
				   NULL: no changelog */
	bool named_is_partial;  /* … of another line: its silence tells nothing */
	struct ksig_agreement agreement_before; /* in earlier revisions */
	struct ksig_agreement agreement;        /* in these and this one */
	float word[2]; /* log odds for a candidate that the changelog does not name, and for one that it does
			*/
	uint32_t *subsystems; /* one a candidate: the number of its subsystem; NULL: no changelog */
	uint32_t n_subsystems;
	float *silence;     /* by subsystem: log odds for a candidate that the changelog does not name */
	float *probability; /* one a candidate */
	float *code;        /* one a candidate: without the changelog's word */
	struct ksig_outlook *outlooks;  /* of the last round */
	uint32_t *partner_of_reference; /* one a reference of the pool: the candidate it names; UINT32_MAX:
					   none */
	struct ksig_vocabulary *vocabulary; /* the words of all subjects (vendor-bias.c) */
	float *claimed[2];                  /* [added]: the sum of probabilities that claim a changed line */
	uint64_t *line_base[2];             /* where a file's lines begin in these */
	uint64_t n_lines[2];
	uint32_t n_late;   /* candidates with lines in the difference that were written after the kernel */
	uint32_t n_latest; /* … and those that seem to be, by what is surely in it */
	int64_t latest_by; /* when nearly all of that was written, in seconds, if n_latest is not 0 */
	struct ksig_line_tally *tallies; /* one a file of the target: private to line-competition.c */
};

typedef struct ksig_rounds ksig_rounds;

void ksig_match_rounds_free(ksig_rounds *rounds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_rounds, ksig_match_rounds_free)

static inline bool ksig_match_rounds_is_carried(const ksig_rounds *rounds, uint32_t c)
{
	return rounds->carried && rounds->carried[c];
}

/* Why a candidate has its probability: the log odds are the sum of each feature's value and weight, and the
 * rest. */
struct ksig_explanation {
	float features[KSIG_FEATURES_LIMIT];
	float changelog; /* added by the changelog's word */
	float rules;     /* added or taken by what is no matter of weights */
	float code;      /* log odds without the changelog */
	float all;       /* log odds */
};

/* Of candidate C, by the outlooks of the last round. */
void ksig_match_rounds_explain(const ksig_rounds *rounds, uint32_t c, struct ksig_explanation *out);

/* A candidate that could have been taken in by this revision, and whose lines tell something. */
static inline bool ksig_match_rounds_could_take(const ksig_rounds *rounds, uint32_t c)
{
	return rounds->set->candidates[c].n_told > 0 && !ksig_match_rounds_is_carried(rounds, c);
}
