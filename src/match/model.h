/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model: from evidence to the probability that the vendor carries a candidate. A logistic regression over
 * the features below: a weight a feature, nothing hidden. It is asked in rounds: the first looks at each
 * candidate alone, the later ones also at what the round before believed of its neighbours.
 *
 * Weights, parameters and products are data: model.tsv says what each is called and means. A file of other
 * features than these is refused.
 */
#pragma once

#include "match/evidence.h"
#include "match/parameters.h"

enum ksig_feature {
	/* the candidate's own lines */
	F_ONE,
	F_COVERAGE,
	F_ODDS,
	F_HIT,
	F_HIT_ADDED,
	F_HIT_REMOVED,
	F_MISS,
	F_STILL,
	F_GONE,
	F_SAME,
	F_PLACE,
	F_PLACE_HIT,
	F_MOVED,
	F_HUNKS_HIT,
	F_HUNKS,
	F_TOLD,
	F_FILES_UNCHANGED,
	F_FILES_ABSENT,
	F_BLOB_REACHED,
	F_BLOB_BEFORE,
	F_ABSENT,       /* share of its lines in files that the vendor does not have */
	F_COVERAGE_ALL, /* coverage, these counted as missing */
	F_ALONE,        /* the features up to here are those of the first round */
	/* what the round before believed */
	F_OWN = F_ALONE, /* share of the hits that no better candidate claims */
	F_OWN_HIT,
	F_COVERAGE_LATER, /* coverage when what upstream later undid is forgiven */
	F_SUPERSEDED,
	F_PREREQUISITE,
	F_PREREQUISITE_MISSING,
	F_PRIOR,  /* log odds of candidates with the same trailers */
	F_SERIES, /* log odds of the neighbours in upstream's history by the same author */
	F_FILES,  /* log odds of the neighbours in the same files */
	F_FIXES_CARRIED,
	F_FIXES_NOT_CARRIED,
	F_FIXES_OLD,
	F_FOLLOWED,
	F_NO_TRACE,
	F_TRACE_1,   /* mass of hits, at most 1 */
	F_TRACE_3,   /* mass of hits, at most 3 */
	F_ERA,       /* log odds of the neighbours in upstream's order, whoever's they are */
	F_WORDS,     /* log odds of the words of its subject, learnt from this vendor */
	F_EXPLAINED, /* share of all changed lines that some candidate explains */
	F_REACHED,   /* share of its files that upstream brought from here to what the vendor has */
	F_PASSED,    /* share of its files that upstream brought from what the vendor has to here */
	F_AROUND, /* share of the other changed lines in the files of its hits that some candidate explains */
	F_BASE,
	/* After these come the model's products: where one feature matters only with another. */
	KSIG_PRODUCTS_LIMIT = 64,
	KSIG_FEATURES_LIMIT = F_BASE + KSIG_PRODUCTS_LIMIT,
};

/* What the round before believed of a candidate's surroundings. */
struct ksig_outlook {
	float own;
	float superseded;
	float still_superseded;
	float prerequisite;
	float prerequisite_missing;
	float prior;
	float series;
	float files;
	float era;
	float words;
	float explained;
	float around;
	float fixes; /* probability of the candidate that this one fixes or reverts; -1: names none; -2: one
			before the pool */
	float followed; /* the highest probability of a candidate that fixes or reverts this one */
	bool replayed;  /* its series gives the vendor's files only with it (series.c) */
};

enum { KSIG_FACTORS_LIMIT = 4 }; /* of one product */

struct ksig_model {
	char *name;
	char *version;
	char *checksum; /* SHA-256 of the parameters and features, 64 hex */
	struct ksig_match_parameters parameters;
	GPtrArray *features;                 /* char *: the names, F_BASE and then the products */
	GPtrArray *meanings;                 /* char *: of each */
	float alone[F_ALONE];                /* weights of the first round */
	float together[KSIG_FEATURES_LIMIT]; /* weights of the later ones, by feature */
	bool habits[KSIG_FEATURES_LIMIT];    /* by feature: it is of the vendor's habits */
	uint8_t products[KSIG_PRODUCTS_LIMIT]
			[KSIG_FACTORS_LIMIT]; /* enum ksig_feature; ends at the first F_ONE */
};
typedef struct ksig_model ksig_model;

/* Values of all of the model's features; without OUTLOOK those of the first round alone. */
void ksig_match_model_features(const ksig_model *model, const struct ksig_match_evidence *evidence,
			       const struct ksig_outlook *outlook, float features[KSIG_FEATURES_LIMIT]);

/*
 * The log odds of the later rounds. What is learnt of the vendor's habits (trailers, neighbours, eras, words)
 * is bounded by the model's parameter: it decides what the lines leave open, and no more.
 */
float ksig_match_model_together(const ksig_model *model, const float *features);

/* A plain sum, and the probability of log odds. */
float ksig_match_model_log_odds(const float *weights, const float *features, size_t n_features);
float ksig_match_model_probability(float log_odds);

/* Whether a feature of F_BASE tells of the vendor's habits, and not of lines. */
bool ksig_match_model_is_habit(enum ksig_feature feature);

/* What a feature of F_BASE is called. */
const char *ksig_match_model_feature_name(enum ksig_feature feature);
