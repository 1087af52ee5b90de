/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Probabilities in rounds: a line has one owner, a fix needs what it fixes, a series goes in together, and
 * how often a vendor takes candidates with a "Cc: stable" is learnt from the vendor's own tree.
 */
#include "match/rounds-internal.h"
#include "match/changelog-likelihood.h"
#include "match/line-competition-internal.h"
#include "match/vendor-bias-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	GROUPS = 16, /* combinations of trailers */
	UNKNOWN = -1,
	BEFORE_POOL = -2,
};

static const float DAY_S = 86400;

/* ---- references between candidates --------------------------------------------------------------- */

/* The version of candidate C that speaks: of several one does. */
static uint32_t speaking_version(const ksig_evidence_set *set, uint32_t c)
{
	const uint32_t group = ksig_upstream_pool_version_group(set->pool, c);

	if (group == 0 || set->candidates[c].n_told > 0)
		return c;
	for (uint32_t v = group - 1; v != UINT32_MAX; v = ksig_upstream_pool_next_version(set->pool, v))
		if (set->candidates[v].n_told > 0)
			return v;
	return c;
}

static void resolve_references(ksig_rounds *rounds)
{
	const struct ksig_pool *pool = rounds->set->pool;

	rounds->partner_of_reference = g_new(uint32_t, pool->n_references + 1);
	for (uint32_t r = 0; r < pool->n_references; r++) {
		const struct ksig_candidate_reference *reference = &pool->references[r];
		const uint32_t named = ksig_upstream_pool_find(pool, reference->prefix, reference->digits);
		rounds->partner_of_reference[r] =
			named == UINT32_MAX
				? named
				: speaking_version(rounds->set, ksig_upstream_pool_twin(pool, named));
	}
}

/* ---- making and freeing -------------------------------------------------------------------------- */

ksig_rounds *rounds_new(ksig_evidence_set *set, const ksig_model *model, const uint8_t *carried,
			const uint8_t *named)
{
	ksig_rounds *rounds = g_new0(ksig_rounds, 1);

	rounds->set = set;
	rounds->model = model;
	rounds->carried = carried;
	rounds->named = named;
	rounds->probability = g_new0(float, set->pool->n_candidates + 1);
	rounds->code = g_new0(float, set->pool->n_candidates + 1);
	rounds->outlooks = g_new0(struct ksig_outlook, set->pool->n_candidates + 1);
	rounds->vocabulary = vendor_bias_vocabulary_new(set->pool);
	resolve_references(rounds);
	line_competition_number(rounds);
	changelog_likelihood_number(rounds);
	return rounds;
}

void ksig_match_rounds_free(ksig_rounds *rounds)
{
	if (!rounds)
		return;
	g_free(rounds->probability);
	g_free(rounds->code);
	g_free(rounds->outlooks);
	g_free(rounds->partner_of_reference);
	g_free(rounds->subsystems);
	g_free(rounds->silence);
	vendor_bias_vocabulary_free(rounds->vocabulary);
	for (int added = 0; added < 2; added++) {
		g_free(rounds->claimed[added]);
		g_free(rounds->line_base[added]);
	}
	g_free(rounds->tallies);
	ksig_match_evidence_free(rounds->set);
	g_free(rounds);
}

/* ---- the first round ----------------------------------------------------------------------------- */

static bool has_hits(const struct ksig_match_evidence *evidence)
{
	return ksig_match_evidence_hits(evidence) > 0;
}

void rounds_alone(ksig_rounds *rounds)
{
	float features[KSIG_FEATURES_LIMIT];

	ksig_match_changelog_begin(rounds);
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		const struct ksig_match_evidence *evidence = &rounds->set->candidates[c];
		if (ksig_match_rounds_is_carried(rounds, c)) {
			rounds->probability[c] = 1;
		} else if (!has_hits(evidence)) {
			rounds->probability[c] = evidence->n_told > 0 ||
								 evidence->files[KSIG_PATH_CHANGED] > 0
							 ? rounds->model->parameters.no_hits
							 : 0;
		} else {
			ksig_match_model_features(rounds->model, evidence, NULL, features);
			const float odds = ksig_match_model_log_odds(rounds->model->alone, features, F_ALONE);
			rounds->code[c] = ksig_match_model_probability(odds);
			rounds->probability[c] = ksig_match_model_probability(
				odds + ksig_match_changelog_log_odds(rounds, c));
		}
	}
}

/* ---- looking around ------------------------------------------------------------------------------- */

static unsigned group_of(const struct ksig_candidate *candidate)
{
	unsigned group = candidate->flags & (KSIG_CANDIDATE_CC_STABLE | KSIG_CANDIDATE_FIXES);

	group |= candidate->flags & KSIG_CANDIDATE_REVERT ? 4 : 0;
	group |= candidate->n_lines <= 4 ? 8 : 0;
	return group % GROUPS;
}

static float log_odds(const ksig_rounds *rounds, float yes, float no)
{
	return fminf(fmaxf(logf(yes / no), -rounds->model->parameters.prior_limit),
		     rounds->model->parameters.prior_limit);
}

/* A candidate that says nothing either way (no file of it is known here) is no example. */
static bool is_example(const ksig_rounds *rounds, uint32_t c)
{
	const struct ksig_match_evidence *evidence = &rounds->set->candidates[c];

	return evidence->n_told > 0 || ksig_match_rounds_is_carried(rounds, c);
}

static void look_at_groups(ksig_rounds *rounds)
{
	float yes[GROUPS];
	float no[GROUPS];

	for (unsigned g = 0; g < GROUPS; g++)
		yes[g] = no[g] = 1;
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		const unsigned group = group_of(&rounds->set->pool->candidates[c]);
		if (!is_example(rounds, c))
			continue;
		yes[group] += rounds->probability[c];
		no[group] += 1 - rounds->probability[c];
	}
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		const unsigned group = group_of(&rounds->set->pool->candidates[c]);
		const float p = is_example(rounds, c) ? rounds->probability[c] : 0;
		rounds->outlooks[c].prior = log_odds(
			rounds, yes[group] - p, fmaxf(no[group] - (is_example(rounds, c) ? 1 - p : 0), 0.5F));
	}
}

/* Members of a series of patch files are one; commits are if one author's are committed within a day. */
static bool are_of_one_series(const ksig_rounds *rounds, const struct ksig_candidate *a,
			      const struct ksig_candidate *b)
{
	if (a->member || b->member)
		return a->member && b->member;
	return a->author == b->author && llabs(a->commit_time - b->commit_time) <=
						 (int64_t) (rounds->model->parameters.series_days * DAY_S);
}

static void look_at_series(ksig_rounds *rounds)
{
	const struct ksig_pool *pool = rounds->set->pool;
	const int64_t near = rounds->model->parameters.near;

	for (int64_t c = 0; c < pool->n_candidates; c++) {
		const struct ksig_candidate *candidate = &pool->candidates[c];
		float yes = 0.5F;
		float no = 0.5F;
		for (int64_t n = c - near; n <= c + near; n++) {
			if (n < 0 || n >= pool->n_candidates || n == c || !is_example(rounds, (uint32_t) n) ||
			    !are_of_one_series(rounds, candidate, &pool->candidates[n]))
				continue;
			yes += rounds->probability[n];
			no += 1 - rounds->probability[n];
		}
		rounds->outlooks[c].series = log_odds(rounds, yes, no);
	}
}

static void look_at_references(ksig_rounds *rounds, uint32_t c)
{
	const struct ksig_candidate *candidate = &rounds->set->pool->candidates[c];
	struct ksig_outlook *outlook = &rounds->outlooks[c];

	for (uint32_t r = 0; r < candidate->n_references; r++) {
		const uint32_t other = rounds->partner_of_reference[candidate->first_reference + r];
		if (other == UINT32_MAX || other == c) {
			if (outlook->fixes < 0)
				outlook->fixes = BEFORE_POOL;
			continue;
		}
		outlook->fixes = fmaxf(outlook->fixes, rounds->probability[other]);
		rounds->outlooks[other].followed = fmaxf(rounds->outlooks[other].followed,
							 rounds->probability[c]);
	}
}

/* ---- neighbours in the same files ---------------------------------------------------------------- */

struct touch {
	uint32_t identity;
	uint32_t candidate;
};

static int compare_touches(const void *a, const void *b)
{
	const struct touch *left = a;
	const struct touch *right = b;

	if (left->identity != right->identity)
		return left->identity < right->identity ? -1 : 1;
	return left->candidate < right->candidate ? -1 : left->candidate > right->candidate;
}

static GArray *list_touches(const ksig_rounds *rounds)
{
	const struct ksig_pool *pool = rounds->set->pool;
	GArray *touches = g_array_new(FALSE, FALSE, sizeof(struct touch));

	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		if (!is_example(rounds, c))
			continue;
		for (uint32_t f = 0; f < pool->candidates[c].n_files; f++) {
			const struct ksig_path_target *path =
				&rounds->set->paths[pool->candidates[c].first_file + f];
			const struct touch touch = {path->identity, c};
			if (path->fate == KSIG_PATH_CHANGED)
				g_array_append_val(touches, touch);
		}
	}
	g_array_sort(touches, compare_touches);
	return touches;
}

static void look_at_files(ksig_rounds *rounds)
{
	const int64_t near = rounds->model->parameters.near;
	g_autoptr(GArray) list = list_touches(rounds);
	const struct touch *touches = (const struct touch *) list->data;
	g_autofree float *yes = g_new0(float, rounds->set->pool->n_candidates + 1);
	g_autofree float *no = g_new0(float, rounds->set->pool->n_candidates + 1);

	for (int64_t t = 0; t < list->len; t++) {
		const uint32_t c = touches[t].candidate;
		for (int64_t n = MAX(t - near, 0); n <= t + near && n < list->len; n++) {
			if (touches[n].identity != touches[t].identity || touches[n].candidate == c)
				continue;
			yes[c] += rounds->probability[touches[n].candidate];
			no[c] += 1 - rounds->probability[touches[n].candidate];
		}
	}
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++)
		rounds->outlooks[c].files = log_odds(rounds, yes[c] + 0.5F, no[c] + 0.5F);
}

void rounds_look(ksig_rounds *rounds)
{
	const uint32_t n = rounds->set->pool->n_candidates;

	ksig_match_changelog_learn(rounds);
	for (uint32_t c = 0; c < n; c++)
		rounds->outlooks[c] = (struct ksig_outlook){.fixes = UNKNOWN};
	line_competition_look(rounds);
	for (uint32_t c = 0; c < n; c++)
		look_at_references(rounds, c);
	look_at_groups(rounds);
	look_at_series(rounds);
	look_at_files(rounds);
	vendor_bias_look_at_era(rounds);
	vendor_bias_look_at_words(rounds);
}

/* Changes nothing that could tell (blank lines, braces), in files that the vendor changed; but it is named.
 */
static bool is_named_silent(const ksig_rounds *rounds, uint32_t c)
{
	return rounds->named && rounds->named[c] && rounds->set->candidates[c].files[KSIG_PATH_CHANGED] > 0;
}

/* A revert whose lines to remove are in neither tree: what it reverts was never there, and what it gives back
 * is another's. */
static bool reverts_nothing(const ksig_rounds *rounds, uint32_t c)
{
	const float *removed = rounds->set->candidates[c].mass[0];

	return rounds->set->pool->candidates[c].flags & KSIG_CANDIDATE_REVERT &&
	       removed[KSIG_FATE_GONE] > 0 &&
	       removed[KSIG_FATE_HIT] + removed[KSIG_FATE_STILL] + removed[KSIG_FATE_PAST] <= 0;
}

/*
 * None of its lines is there, and nothing that upstream did later is the reason: neighbours and entries do
 * not put code into a tree.
 */
static bool is_refuted(const ksig_rounds *rounds, uint32_t c)
{
	const struct ksig_match_evidence *evidence = &rounds->set->candidates[c];
	const struct ksig_outlook *outlook = &rounds->outlooks[c];
	const float lost = evidence->mass[1][KSIG_FATE_MISS] + evidence->mass[0][KSIG_FATE_STILL];

	return evidence->reached == 0 &&
	       (has_hits(evidence) ? reverts_nothing(rounds, c)
				   : lost > 2 * (outlook->superseded + outlook->still_superseded));
}

/* All of its files are in the vendor's tree as upstream's history leads through it. */
static bool is_reached(const struct ksig_match_evidence *evidence)
{
	uint32_t files = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(evidence->files); i++)
		files += evidence->files[i];
	return files > 0 && evidence->reached >= files;
}

/*
 * Nearly all of it stands in the difference, among its neighbours, and nobody else claims it: of 10,697 such
 * on 19 branches 97 % are right by tables that lack what nobody labelled. Which file it is in says nothing
 * more: of 182 that stand in another one (upstream split or renamed it) 82 are labelled, and the others are
 * lines of whole tables that the vendor took over in one commit.
 */
static bool is_sure(const ksig_rounds *rounds, uint32_t c)
{
	const struct ksig_match_parameters *parameters = &rounds->model->parameters;
	const struct ksig_match_evidence *evidence = &rounds->set->candidates[c];
	const float hits = ksig_match_evidence_hits(evidence);
	const float lost = ksig_match_evidence_lost(evidence) + evidence->absent;
	const float part = hits >= parameters->sure_many ? parameters->sure_many_lost : parameters->sure_lost;

	return hits >= parameters->sure_mass && lost <= part * hits &&
	       evidence->place >= parameters->plain_place && evidence->passed == 0 &&
	       rounds->outlooks[c].own >= parameters->sure_own * hits;
}

void ksig_match_rounds_explain(const ksig_rounds *rounds, uint32_t c, struct ksig_explanation *out)
{
	const ksig_model *model = rounds->model;
	const struct ksig_match_evidence *evidence = &rounds->set->candidates[c];
	const float least = is_sure(rounds, c) ? model->parameters.sure : -INFINITY;

	ksig_match_model_features(model, evidence, &rounds->outlooks[c], out->features);
	const float sum = ksig_match_model_log_odds(model->together, out->features, model->features->len);
	out->code = fmaxf(ksig_match_model_together(model, out->features),
			  is_reached(evidence) ? model->parameters.reached : -INFINITY);
	out->changelog = ksig_match_changelog_log_odds(rounds, c);
	out->all = fmaxf(out->code + out->changelog, least);
	out->code = fmaxf(out->code, least);
	out->rules = out->all - sum - out->changelog;
}

static void ask_together(ksig_rounds *rounds, uint32_t c)
{
	struct ksig_explanation explanation;

	ksig_match_rounds_explain(rounds, c, &explanation);
	rounds->code[c] = ksig_match_model_probability(explanation.code);
	rounds->probability[c] = ksig_match_model_probability(explanation.all);
	if (is_refuted(rounds, c))
		rounds->code[c] = rounds->probability[c] = fminf(rounds->probability[c],
								 rounds->model->parameters.no_hits);
}

void rounds_together(ksig_rounds *rounds)
{
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++)
		if (!ksig_match_rounds_is_carried(rounds, c) &&
		    (is_example(rounds, c) || is_named_silent(rounds, c)))
			ask_together(rounds, c);
}
