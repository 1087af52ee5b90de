/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The features' formulas, their names, and log odds; features of the vendor's habit together move the odds by
 * at most a limit. Weights are read in model-file.c.
 */
#include "match/model.h"

#include <math.h>

static const char *const names[F_BASE] = {
	[F_ONE] = "one",
	[F_COVERAGE] = "coverage",
	[F_ODDS] = "odds",
	[F_HIT] = "hit",
	[F_HIT_ADDED] = "hit-added",
	[F_HIT_REMOVED] = "hit-removed",
	[F_MISS] = "miss",
	[F_STILL] = "still",
	[F_GONE] = "gone",
	[F_SAME] = "same",
	[F_PLACE] = "place",
	[F_PLACE_HIT] = "place-hit",
	[F_MOVED] = "moved",
	[F_HUNKS_HIT] = "hunks-hit",
	[F_HUNKS] = "hunks",
	[F_TOLD] = "told",
	[F_FILES_UNCHANGED] = "files-unchanged",
	[F_FILES_ABSENT] = "files-absent",
	[F_BLOB_REACHED] = "blob-reached",
	[F_BLOB_BEFORE] = "blob-before",
	[F_ABSENT] = "absent",
	[F_COVERAGE_ALL] = "coverage-all",
	[F_OWN] = "own",
	[F_OWN_HIT] = "own-hit",
	[F_COVERAGE_LATER] = "coverage-later",
	[F_SUPERSEDED] = "superseded",
	[F_PREREQUISITE] = "prerequisite",
	[F_PREREQUISITE_MISSING] = "prerequisite-missing",
	[F_PRIOR] = "prior",
	[F_SERIES] = "series",
	[F_FILES] = "files",
	[F_FIXES_CARRIED] = "fixes-carried",
	[F_FIXES_NOT_CARRIED] = "fixes-not-carried",
	[F_FIXES_OLD] = "fixes-old",
	[F_FOLLOWED] = "followed",
	[F_NO_TRACE] = "no-trace",
	[F_TRACE_1] = "trace-1",
	[F_TRACE_3] = "trace-3",
	[F_ERA] = "era",
	[F_WORDS] = "words",
	[F_EXPLAINED] = "explained",
	[F_REACHED] = "reached",
	[F_PASSED] = "passed",
	[F_AROUND] = "around",
};

const char *ksig_match_model_feature_name(enum ksig_feature feature)
{
	return names[feature];
}

static float share(float part, float whole)
{
	return whole > 0 ? part / whole : 0;
}

static void features_alone(const struct ksig_match_evidence *evidence, float *x)
{
	const float hit_added = evidence->mass[1][KSIG_FATE_HIT];
	const float hit_removed = evidence->mass[0][KSIG_FATE_HIT];
	const float hit = hit_added + hit_removed;
	const float miss = evidence->mass[1][KSIG_FATE_MISS];
	const float still = evidence->mass[0][KSIG_FATE_STILL];
	const float files = (float) (evidence->files[0] + evidence->files[1]);

	x[F_ONE] = 1;
	x[F_COVERAGE] = (hit + 0.1F) / (hit + miss + still + 0.3F);
	x[F_ODDS] = logf((hit + 0.1F) / (miss + still + 0.1F));
	x[F_HIT] = log1pf(hit);
	x[F_HIT_ADDED] = log1pf(hit_added + evidence->mass[1][KSIG_FATE_PAST]);
	x[F_HIT_REMOVED] = log1pf(hit_removed + evidence->mass[0][KSIG_FATE_PAST]);
	x[F_MISS] = log1pf(miss);
	x[F_STILL] = log1pf(still);
	x[F_GONE] = log1pf(evidence->mass[0][KSIG_FATE_GONE]);
	x[F_SAME] = log1pf(evidence->mass[1][KSIG_FATE_SAME]);
	x[F_PLACE] = evidence->place;
	x[F_PLACE_HIT] = evidence->place * x[F_HIT];
	x[F_MOVED] = share(evidence->moved, hit);
	x[F_HUNKS_HIT] = share((float) evidence->hunks_hit, (float) evidence->hunks);
	x[F_HUNKS] = log1pf((float) evidence->hunks);
	x[F_TOLD] = log1pf((float) evidence->n_told);
	x[F_FILES_UNCHANGED] = share((float) evidence->files[KSIG_PATH_UNCHANGED], files);
	x[F_FILES_ABSENT] = share((float) evidence->files[KSIG_PATH_ABSENT],
				  files + (float) evidence->files[KSIG_PATH_ABSENT]);
	x[F_BLOB_REACHED] = evidence->blobs_reached > 0;
	x[F_BLOB_BEFORE] = evidence->blobs_before > 0;
	x[F_ABSENT] = share(evidence->absent, hit + miss + still + evidence->absent);
	x[F_COVERAGE_ALL] = (hit + 0.1F) / (hit + miss + still + evidence->absent + 0.3F);
}

static void features_together(const struct ksig_match_evidence *evidence, const struct ksig_outlook *outlook,
			      float *x)
{
	const float hit = ksig_match_evidence_hits(evidence);
	const float miss = evidence->mass[1][KSIG_FATE_MISS];
	const float still = evidence->mass[0][KSIG_FATE_STILL];
	const float forgiven = outlook->superseded + outlook->still_superseded;
	const bool fixes = outlook->fixes >= 0;
	const float all_files = (float) (evidence->files[0] + evidence->files[1] + evidence->files[2]);

	x[F_OWN] = share(outlook->own, hit);
	x[F_OWN_HIT] = log1pf(outlook->own);
	x[F_COVERAGE_LATER] = (hit + forgiven + 0.1F) / (hit + miss + still + 0.3F);
	x[F_SUPERSEDED] = log1pf(forgiven);
	x[F_PREREQUISITE] = log1pf(outlook->prerequisite);
	x[F_PREREQUISITE_MISSING] = log1pf(outlook->prerequisite_missing);
	x[F_PRIOR] = outlook->prior;
	x[F_SERIES] = outlook->series;
	x[F_FILES] = outlook->files;
	x[F_FIXES_CARRIED] = fixes ? outlook->fixes : 0;
	x[F_FIXES_NOT_CARRIED] = fixes ? 1 - outlook->fixes : 0;
	x[F_FIXES_OLD] = outlook->fixes < -1;
	x[F_FOLLOWED] = outlook->followed;
	x[F_ERA] = outlook->era;
	x[F_WORDS] = outlook->words;
	x[F_EXPLAINED] = outlook->explained;
	x[F_AROUND] = outlook->around;
	x[F_REACHED] = share((float) evidence->reached, all_files);
	x[F_PASSED] = share((float) evidence->passed, all_files);
	x[F_NO_TRACE] = hit <= 0;
	x[F_TRACE_1] = fminf(hit, 1);
	x[F_TRACE_3] = fminf(hit, 3);
}

static void features_products(const ksig_model *model, float *x)
{
	for (guint i = F_BASE; i < model->features->len; i++) {
		const uint8_t *factors = model->products[i - F_BASE];
		float product = 1;
		for (size_t n = 0; n < KSIG_FACTORS_LIMIT && factors[n] != F_ONE; n++)
			product *= x[factors[n]];
		x[i] = product;
	}
}

void ksig_match_model_features(const ksig_model *model, const struct ksig_match_evidence *evidence,
			       const struct ksig_outlook *outlook, float features[KSIG_FEATURES_LIMIT])
{
	features_alone(evidence, features);
	if (!outlook)
		return;
	features_together(evidence, outlook, features);
	features_products(model, features);
}

float ksig_match_model_log_odds(const float *weights, const float *features, size_t n_features)
{
	float sum = 0;

	for (size_t i = 0; i < n_features; i++)
		sum += weights[i] * features[i];
	return sum;
}

bool ksig_match_model_is_habit(enum ksig_feature feature)
{
	switch (feature) {
	case F_PRIOR:
	case F_SERIES:
	case F_FILES:
	case F_ERA:
	case F_WORDS:
	case F_EXPLAINED:
	case F_AROUND:
		return true;
	default:
		return false;
	}
}

float ksig_match_model_together(const ksig_model *model, const float *features)
{
	const float limit = model->parameters.habits;
	float lines = 0;
	float habits = 0;

	for (guint i = 0; i < model->features->len; i++)
		*(model->habits[i] ? &habits : &lines) += model->together[i] * features[i];
	return lines + fminf(fmaxf(habits, -limit), limit);
}

float ksig_match_model_probability(float log_odds)
{
	return 1 / (1 + expf(-log_odds));
}
