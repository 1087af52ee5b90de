/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match/model.h"

#include <math.h>

const char *const ksig_match_feature_names[FEATURES] = {
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
	[F_PRODUCTS] = "coverage.place.own.trace-3",
	"coverage.own",
	"coverage-later.own.place",
	"coverage.coverage",
	"place.own",
	"trace-1.place.own",
	"prior.no-trace",
	"prior.own.coverage.place",
	"moved.coverage",
	"moved.place",
	"still.coverage",
	"followed.no-trace",
	"series.no-trace",
	"files.no-trace",
	"coverage-all.own.place",
	"era.no-trace",
	"words.no-trace",
	"superseded.no-trace",
	"around.own.place",
	"explained.own.place",
	"around.own.coverage",
	"reached.no-trace",
	"reached.own.coverage",
	"told.fixes-not-carried",
	"superseded.prerequisite-missing",
	"prerequisite.followed",
};

/* A product ends at its first F_ONE. */
static const uint8_t products[FEATURES - F_PRODUCTS][4] = {
	{F_COVERAGE, F_PLACE, F_OWN, F_TRACE_3},
	{F_COVERAGE, F_OWN},
	{F_COVERAGE_LATER, F_OWN, F_PLACE},
	{F_COVERAGE, F_COVERAGE},
	{F_PLACE, F_OWN},
	{F_TRACE_1, F_PLACE, F_OWN},
	{F_PRIOR, F_NO_TRACE},
	{F_PRIOR, F_OWN, F_COVERAGE, F_PLACE},
	{F_MOVED, F_COVERAGE},
	{F_MOVED, F_PLACE},
	{F_STILL, F_COVERAGE},
	{F_FOLLOWED, F_NO_TRACE},
	{F_SERIES, F_NO_TRACE},
	{F_FILES, F_NO_TRACE},
	{F_COVERAGE_ALL, F_OWN, F_PLACE},
	{F_ERA, F_NO_TRACE},
	{F_WORDS, F_NO_TRACE},
	{F_SUPERSEDED, F_NO_TRACE},
	{F_AROUND, F_OWN, F_PLACE},
	{F_EXPLAINED, F_OWN, F_PLACE},
	{F_AROUND, F_OWN, F_COVERAGE},
	{F_REACHED, F_NO_TRACE},
	{F_REACHED, F_OWN, F_COVERAGE},
	{F_TOLD, F_FIXES_NOT_CARRIED},
	{F_SUPERSEDED, F_PREREQUISITE_MISSING},
	{F_PREREQUISITE, F_FOLLOWED},
};

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

static void features_products(float *x)
{
	for (size_t i = 0; i < G_N_ELEMENTS(products); i++) {
		float product = 1;
		for (size_t n = 0; n < G_N_ELEMENTS(products[i]) && products[i][n] != F_ONE; n++)
			product *= x[products[i][n]];
		x[F_PRODUCTS + i] = product;
	}
}

void ksig_match_model_features(const struct ksig_match_evidence *evidence, const struct ksig_outlook *outlook,
			       float features[FEATURES])
{
	features_alone(evidence, features);
	if (!outlook)
		return;
	features_together(evidence, outlook, features);
	features_products(features);
}

float ksig_match_model_log_odds(const float *weights, const float *features, size_t n_features)
{
	float sum = 0;

	for (size_t i = 0; i < n_features; i++)
		sum += weights[i] * features[i];
	return sum;
}

float ksig_match_model_probability(float nats)
{
	return 1 / (1 + expf(-nats));
}
