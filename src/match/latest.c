/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When was the kernel made, if nobody says so? Nearly all that is surely in it was written before. What is
 * younger is there by chance, if it is as a whole less sure than the rest: real ones are as sure as any.
 */
#include "match/latest-internal.h"

#include <math.h>

enum {
	DAY_S = 86400,
	LEAST = 20, /* sure ones that tell a date */
};

struct believed {
	int64_t born;
	bool sure;
};

static int compare_born(const void *a, const void *b)
{
	const struct believed *left = a;
	const struct believed *right = b;

	return left->born < right->born ? -1 : left->born > right->born;
}

/* struct believed of the candidates that would be chosen, the oldest first. */
static GArray *list_believed(const ksig_rounds *rounds, float threshold, float sure, uint32_t *out_sure)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct believed));

	*out_sure = 0;
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		const struct believed one = {ksig_upstream_candidate_born(&rounds->set->pool->candidates[c]),
					     rounds->probability[c] >= sure};
		if (ksig_match_rounds_is_carried(rounds, c) || rounds->probability[c] < threshold)
			continue;
		g_array_append_val(list, one);
		*out_sure += one.sure;
	}
	g_array_sort(list, compare_born);
	return list;
}

/* When all but PART of the sure ones were written. */
static int64_t date_of_sure(const GArray *list, uint32_t n_sure, float part)
{
	uint32_t left = n_sure - (uint32_t) ((float) n_sure * part);
	guint i = 0;

	for (; i < list->len; i++)
		if (g_array_index(list, struct believed, i).sure && --left == 0)
			break;
	return g_array_index(list, struct believed, i).born;
}

/* How likely at most HITS of N are, if each is one with the probability SHARE. */
static double at_most(uint32_t hits, uint32_t n, double share)
{
	double sum = 0;

	for (uint32_t k = 0; k <= hits; k++)
		sum += exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(share) +
			   (n - k) * log1p(-share));
	return sum;
}

/* The first that was written after BY; the list's length: none. */
static guint first_after(const GArray *list, int64_t by)
{
	guint first = list->len;

	while (first > 0 && g_array_index(list, struct believed, first - 1).born > by)
		first--;
	return first;
}

static bool is_by_chance(const GArray *list, guint first, uint32_t n_sure, float chance)
{
	uint32_t sure = 0;

	for (guint i = first; i < list->len; i++)
		sure += g_array_index(list, struct believed, i).sure;
	return first < list->len && n_sure < list->len &&
	       at_most(sure, list->len - first, (double) n_sure / list->len) < chance;
}

/* Takes the evidence of what is not sure and was written after LIMIT away. Returns how many would be chosen.
 */
static uint32_t silence_after(ksig_rounds *rounds, int64_t limit, float threshold, float sure)
{
	uint32_t n_chosen = 0;

	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		if (ksig_match_rounds_is_carried(rounds, c) || rounds->probability[c] >= sure ||
		    ksig_upstream_candidate_born(&rounds->set->pool->candidates[c]) <= limit)
			continue;
		n_chosen += rounds->probability[c] >= threshold;
		ksig_match_evidence_silence(&rounds->set->candidates[c]);
		rounds->probability[c] = rounds->code[c] = 0;
	}
	return n_chosen;
}

uint32_t latest_silence(ksig_rounds *rounds, const struct ksig_match_question *question, int64_t *out_by)
{
	const struct ksig_match_parameters *parameters = &rounds->model->parameters;
	const bool is_known = question->date_is_told ||
			      (question->written_by > 0 && !question->date_is_of_commit);
	const float sure = ksig_match_model_probability(parameters->sure);
	uint32_t n_sure = 0;

	if (is_known)
		return 0;
	g_autoptr(GArray) list = list_believed(rounds, question->threshold, sure, &n_sure);
	if (n_sure < LEAST)
		return 0;
	*out_by = date_of_sure(list, n_sure, parameters->latest_part);
	const int64_t limit = *out_by + (int64_t) (parameters->latest_days * DAY_S);
	return is_by_chance(list, first_after(list, limit), n_sure, parameters->latest_chance)
		       ? silence_after(rounds, limit, question->threshold, sure)
		       : 0;
}
