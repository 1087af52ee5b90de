/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model: from evidence to the probability that the vendor carries a candidate. A logistic regression over
 * the features below: a weight a feature, nothing hidden. It is asked in rounds: the first looks at each
 * candidate alone, the later ones also at what the round before believed of its neighbours. docs/method.md
 * explains the features and how bench/ makes the weights. Private to breakdown.
 */
#pragma once

#include "breakdown/evidence-internal.h"
#include "catalog/catalog.h"

enum feature {
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
	F_TRACE_3,   /* … at most 3 */
	F_ERA,       /* log odds of the neighbours in upstream's order, whoever's they are */
	F_WORDS,     /* log odds of the words of its subject, learnt from this vendor */
	F_EXPLAINED, /* share of all changed lines that some candidate explains */
	F_REACHED,   /* share of its files that upstream brought from here to what the vendor has */
	F_PASSED,    /* … that upstream brought from what the vendor has to here */
	F_AROUND,    /* … of the other changed lines in the files of its hits */
	/* products: where one feature matters only with another (see products[] in model.c) */
	F_PRODUCTS,
	F_LAST_PRODUCT = F_PRODUCTS + 25,
	FEATURES,
};

/* What the round before believed of a candidate's surroundings. */
struct outlook {
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

struct model {
	float alone[F_ALONE];
	float together[FEATURES];
};

extern const struct model model_default;
extern const char *const feature_names[FEATURES];

void model_features(const struct evidence *evidence, const struct outlook *outlook, float features[FEATURES]);
/* The log odds, and the probability that they are. */
float model_nats(const float *weights, const float *features, size_t n_features);
float model_probability(float nats);

/* Of the candidates that the code alone refutes [0] and proves [1], how many the changelog names. */
struct agreement {
	float named[2];
	float all[2];
};

/* ---- rounds -------------------------------------------------------------------------------------- */

struct rounds {
	const evidence_set *set;
	const struct model *model;
	const uint8_t *carried; /* one a candidate: 1 if an earlier revision took it in; NULL: none */
	const uint8_t *named;   /* one a candidate: the changelog names it, with how many others and itself;
				   NULL: no changelog */
	struct agreement agreement_before; /* in earlier revisions */
	struct agreement agreement;        /* … and in this one */
	float word[2]; /* nats for a candidate that the changelog does not name, and for one that it does */
	float *probability;             /* one a candidate */
	float *code;                    /* … without the changelog's word */
	struct outlook *outlooks;       /* of the last round */
	uint32_t *partner_of_reference; /* one a reference of the pool: the candidate it names; UINT32_MAX:
					   none */
	struct vocabulary *vocabulary;  /* the words of all subjects (look.c) */
	float *claimed[2];              /* [added]: the sum of probabilities that claim a changed line */
	uint64_t *line_base[2];         /* where a file's lines begin in these */
	uint64_t n_lines[2];
	struct tally *tallies; /* one a file of the target: private to claimed.c */
};

typedef struct rounds ksig_rounds;
ksig_rounds *rounds_new(const evidence_set *set, const struct model *model, const uint8_t *carried,
			const uint8_t *named);
void rounds_alone(ksig_rounds *rounds);    /* the first round */
void rounds_look(ksig_rounds *rounds);     /* outlooks from the probabilities */
void rounds_together(ksig_rounds *rounds); /* probabilities from outlooks */
void rounds_free(ksig_rounds *rounds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_rounds, rounds_free)

/* What the changelog says of candidate C, in nats, and what that is worth (word.c). */
float rounds_word(const ksig_rounds *rounds, uint32_t c);
void rounds_begin_word(ksig_rounds *rounds);
void rounds_learn_word(ksig_rounds *rounds);
/* What earlier revisions taught of it, in the catalog; none yet: zeros. */
bool agreement_keep(ksig_catalog *catalog, const struct agreement *agreement, GError **error);
bool agreement_recall(ksig_catalog *catalog, struct agreement *out_agreement, GError **error);

/* What is learnt from this vendor's own choice, into the outlooks (look.c). */
struct vocabulary *vocabulary_new(const struct ksig_pool *pool);
void vocabulary_free(struct vocabulary *vocabulary);
void rounds_look_at_era(ksig_rounds *rounds);
void rounds_look_at_words(ksig_rounds *rounds);

/* Numbers the target's lines through; what the lines of all say of each candidate's (claimed.c). */
void lines_number(ksig_rounds *rounds);
void rounds_look_at_lines(ksig_rounds *rounds);

static inline bool rounds_is_carried(const ksig_rounds *rounds, uint32_t c)
{
	return rounds->carried && rounds->carried[c];
}

/* A candidate that could have been taken in by this revision, and whose lines tell something. */
static inline bool rounds_could_take(const ksig_rounds *rounds, uint32_t c)
{
	return rounds->set->candidates[c].n_told > 0 && !rounds_is_carried(rounds, c);
}
