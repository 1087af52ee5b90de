/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which candidates does a difference contain: from a pool to a probability for each of its candidates. The
 * program and what fits the model (bench/features.c) ask this way and no other.
 */
#pragma once

#include "match/rounds.h"

/* What is asked. Nothing is copied; all of it must outlive the answer. */
struct ksig_match_question {
	const struct ksig_pool *pool;
	const ksig_target *target; /* its renames joined */
	const ksig_model *model;
	float threshold;        /* what counts as carried where a series is asked for its word */
	bool named_is_partial;  /* the changelog is another line's: what it does not name may be in all the
				   same */
	const uint8_t *carried; /* one a candidate: an earlier revision has it; NULL: none */
	const uint8_t *named;   /* one a candidate, as of the entries; NULL: no changelog */
	const uint8_t
		*in_base;   /* one a candidate: history says that the old tree has it; NULL: nothing known */
	int64_t written_by; /* when the kernel was there, in seconds: later candidates are not in it; 0: not
			       known */
	bool date_is_told;  /* … by the user, who knows */
	bool date_is_of_commit; /* … or only by a commit, which the code may contradict */
	struct ksig_agreement agreement_before;
};

/*
 * Called after the first round (ROUND 0, no outlooks), and in each later one when its outlooks are there and
 * its probabilities are still those of the round before.
 */
typedef void ksig_match_watch(const ksig_rounds *rounds, unsigned round, gpointer data);

/* WATCH may be NULL. Free with ksig_match_rounds_free(). */
ksig_rounds *ksig_match_ask(const struct ksig_match_question *question, ksig_match_watch *watch,
			    gpointer data);
