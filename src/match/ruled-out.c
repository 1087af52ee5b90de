/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was written after the kernel is not in it, and what the old tree has already does not come with the
 * difference. No line has a say in that: the same lines are then another commit's.
 */
#include "match/ruled-out-internal.h"

enum { DAY_S = 86400 };

/* ---- written later ------------------------------------------------------------------------------- */

static bool is_late(const struct ksig_match_question *question, uint32_t c)
{
	const int64_t margin_s = (int64_t) (question->model->parameters.late_days * DAY_S);
	const int64_t born = ksig_upstream_candidate_born(&question->pool->candidates[c]);

	return question->written_by > 0 && born > question->written_by + margin_s;
}

/* Dates by which all candidates are younger than the kernel are no history's: they tell nothing. */
static bool tells_nothing(const struct ksig_match_question *question)
{
	for (uint32_t c = 0; c < question->pool->n_candidates; c++)
		if (!is_late(question, c))
			return false;
	return true;
}

/*
 * The date of a commit is that of whoever made the repository. It is not the kernel's if too much was written
 * later of what is plainly there: most of it, or a good part of much.
 */
static bool is_contradicted(const ksig_evidence_set *set, const struct ksig_match_question *question)
{
	enum { MUCH = 10, PART = 20 };
	uint32_t plain = 0;
	uint32_t late = 0;

	for (uint32_t c = 0; c < set->pool->n_candidates; c++) {
		if (!ksig_match_evidence_is_plain(&set->candidates[c], &question->model->parameters))
			continue;
		plain++;
		late += is_late(question, c);
	}
	return late * 2 > plain || (late >= MUCH && late * PART > plain);
}

/* ---- there before -------------------------------------------------------------------------------- */

/* How many of its changed files the old tree does not have at all. */
static uint32_t count_new(const ksig_evidence_set *set, uint32_t c)
{
	const struct ksig_candidate *candidate = &set->pool->candidates[c];
	uint32_t count = 0;

	for (uint32_t f = candidate->first_file; f < candidate->first_file + candidate->n_files; f++) {
		const struct ksig_target_file *file = set->paths[f].fate == KSIG_PATH_CHANGED
							      ? &set->target->files[set->paths[f].file]
							      : NULL;
		count += file && file->change->old_mode == 0 && !file->renamed_from;
	}
	return count;
}

/* Most of its files in the difference were, before it, what upstream made of them later; or its history says
 * so. */
static bool is_behind(const ksig_evidence_set *set, const struct ksig_match_question *question, uint32_t c)
{
	const struct ksig_match_evidence *evidence = &set->candidates[c];
	const bool told = question->in_base && question->in_base[c];

	return evidence->behind * 2 > evidence->files[KSIG_PATH_CHANGED] ||
	       (told && count_new(set, c) * 2 <= evidence->files[KSIG_PATH_CHANGED]);
}

/* -------------------------------------------------------------------------------------------------- */

uint32_t ruled_out_silence(ksig_evidence_set *set, const struct ksig_match_question *question)
{
	const bool dated = question->written_by > 0 &&
			   (question->date_is_told ||
			    !(question->date_is_of_commit ? is_contradicted(set, question)
							  : tells_nothing(question)));
	uint32_t n_late = 0;

	for (uint32_t c = 0; c < set->pool->n_candidates; c++) {
		struct ksig_match_evidence *evidence = &set->candidates[c];
		const bool late = dated && is_late(question, c);
		n_late += late && ksig_match_evidence_hits(evidence) > 0;
		if (late || is_behind(set, question, c))
			ksig_match_evidence_silence(evidence);
	}
	return n_late;
}
