/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence: for every candidate, which of its lines stand in the vendor's difference, where, and how rare
 * they are. Nothing is decided here.
 */
#pragma once

#include "match/parameters.h"
#include "match/paths.h"

enum {
	EVIDENCE_HUNK_LINES_LIMIT = 100000, /* lines of one hunk that are looked at */
};

/* What became of one changed line of a candidate. */
enum ksig_line_fate {
	KSIG_FATE_HIT,   /* the vendor changed this very line the same way */
	KSIG_FATE_SAME,  /* added by the candidate, but in both trees alike */
	KSIG_FATE_MISS,  /* added by the candidate, in neither place of the vendor's file */
	KSIG_FATE_STILL, /* removed by the candidate, and still there */
	KSIG_FATE_GONE,  /* removed by the candidate, in neither tree */
	KSIG_FATE_PAST,  /* rewritten by upstream on the way to what the vendor's file is */
	KSIG_FATES,
};

/* A changed line of a candidate that says something (fingerprint not 0), with what became of it. */
struct ksig_claim {
	uint32_t file; /* of the target */
	uint32_t line; /* in the side of the operation (KSIG_FATE_HIT only), else UINT32_MAX */
	uint32_t hash;
	uint32_t identity; /* of the file in the pool */
	uint8_t fate;
	uint8_t added;  /* 1: an added line; 0: a removed one */
	uint8_t place;  /* how well the surroundings agree: 0 not at all, 255 fully */
	uint8_t rarity; /* 255: nowhere else; towards 0: everywhere */
	/* The candidate that upstream undid (KSIG_FATE_MISS, KSIG_FATE_STILL: later) or made (KSIG_FATE_GONE:
	 * earlier) this line with. */
	uint32_t partner; /* UINT32_MAX: none */
};

struct ksig_match_evidence {
	float mass[2][KSIG_FATES]; /* [added][fate]: sum of rarities in [0,1] */
	float place;               /* mean agreement of the surroundings of hits, by rarity */
	float moved;            /* of the mass of hits, what stands in another file than upstream has it in */
	float absent;           /* mass of changed lines in files that the vendor does not have */
	uint32_t n_told;        /* changed lines that say something, in files that the vendor has */
	uint32_t files[3];      /* by enum ksig_path_fate */
	uint32_t blobs_reached; /* files that equal the vendor's once the candidate is in */
	uint32_t blobs_before; /* files whose state before the candidate equals the vendor's: it came too late
				*/
	uint32_t reached;      /* files that upstream brought from here to what the vendor has */
	uint32_t passed;       /* files that it brought from what the vendor has to here: it came too late */
	uint32_t behind;       /* files in which it leads to what the old file is: that has it already */
	uint32_t hunks_hit;    /* hunks with most of their lines hit */
	uint32_t hunks;        /* hunks in files that the vendor changed or has */
	uint32_t first_claim;
	uint32_t n_claims;
};

static inline float ksig_match_evidence_hits(const struct ksig_match_evidence *evidence)
{
	return evidence->mass[0][KSIG_FATE_HIT] + evidence->mass[1][KSIG_FATE_HIT];
}

/* What the difference does not do as the candidate does. */
static inline float ksig_match_evidence_lost(const struct ksig_match_evidence *evidence)
{
	return evidence->mass[1][KSIG_FATE_MISS] + evidence->mass[0][KSIG_FATE_STILL] +
	       evidence->mass[1][KSIG_FATE_SAME] + evidence->mass[0][KSIG_FATE_GONE];
}

/* A candidate that is ruled out says nothing any more, and nothing is asked about it. */
static inline void ksig_match_evidence_silence(struct ksig_match_evidence *evidence)
{
	*evidence = (struct ksig_match_evidence){.first_claim = evidence->first_claim,
						 .behind = evidence->behind};
}

/* All of it stands in the difference, and in its place. */
static inline bool ksig_match_evidence_is_plain(const struct ksig_match_evidence *evidence,
						const struct ksig_match_parameters *parameters)
{
	return ksig_match_evidence_hits(evidence) >= parameters->plain_mass &&
	       ksig_match_evidence_lost(evidence) <= 0 && evidence->place >= parameters->plain_place &&
	       evidence->absent <= 0 && evidence->passed == 0;
}

struct ksig_evidence_set {
	const struct ksig_pool *pool;
	const ksig_target *target;
	const struct ksig_match_parameters *parameters;
	struct ksig_path_target *paths;
	struct ksig_match_evidence *candidates; /* one a candidate of the pool */
	GArray *claims;                         /* struct ksig_claim, by candidate */
	GArray *changed_lines;                  /* sorted, of the target: see moved-internal.h */
	uint16_t *frequency; /* by the low bits of a hash: how often changed lines have it */
};

typedef struct ksig_evidence_set ksig_evidence_set;

/* Neither argument is copied. */
ksig_evidence_set *ksig_match_evidence_collect(const struct ksig_pool *pool, const ksig_target *target,
					       const struct ksig_match_parameters *parameters);
void ksig_match_evidence_free(ksig_evidence_set *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_evidence_set, ksig_match_evidence_free)
