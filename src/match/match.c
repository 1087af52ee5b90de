/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of a question to the model: evidence, what is ruled out, versions, the rounds, and last what
 * replayed series prove.
 */
#include "match/match.h"

#include "match/deduplicate-internal.h"
#include "match/latest-internal.h"
#include "match/rounds-internal.h"
#include "match/ruled-out-internal.h"
#include "match/series-proof-internal.h"

static void see(ksig_match_watch *watch, const ksig_rounds *rounds, unsigned round, gpointer data)
{
	if (watch)
		watch(rounds, round, data);
}

ksig_rounds *ksig_match_ask(const struct ksig_match_question *question, ksig_match_watch *watch,
			    gpointer data)
{
	const struct ksig_match_parameters *parameters = &question->model->parameters;
	ksig_evidence_set *set = ksig_match_evidence_collect(question->pool, question->target, parameters);

	const uint32_t n_late = ruled_out_silence(set, question);
	deduplicate_versions(set, question->carried);
	ksig_rounds *rounds = rounds_new(set, question->model, question->carried, question->named);
	rounds->n_late = n_late;
	rounds->named_is_partial = question->named_is_partial;
	rounds->agreement_before = question->agreement_before;
	rounds_alone(rounds);
	see(watch, rounds, 0, data);
	for (unsigned round = 1; round <= parameters->rounds; round++) {
		rounds_look(rounds);
		see(watch, rounds, round, data);
		rounds_together(rounds);
	}
	rounds->n_latest = latest_silence(rounds, question, &rounds->latest_by);
	if (rounds->n_latest > 0) {
		rounds_look(rounds);
		rounds_together(rounds);
	}
	series_proof_find(rounds, question->threshold);
	return rounds;
}
