/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence: for every candidate, which of its lines stand in the vendor's difference, where, and how rare
 * they are. Nothing is decided here. Private to breakdown.
 */
#pragma once

#include "breakdown/paths-internal.h"

enum {
	EVIDENCE_PLACES_LIMIT = 64,         /* places of one line that are looked at */
	EVIDENCE_HUNK_LINES_LIMIT = 100000, /* lines of one hunk that are */
};

/* What became of one changed line of a candidate. */
enum line_fate {
	LINE_HIT,   /* the vendor changed this very line the same way */
	LINE_SAME,  /* added by the candidate, but in both trees alike */
	LINE_MISS,  /* added by the candidate, in neither place of the vendor's file */
	LINE_STILL, /* removed by the candidate, and still there */
	LINE_GONE,  /* removed by the candidate, in neither tree */
	LINE_PAST,  /* rewritten by upstream on the way to what the vendor's file is */
	LINE_FATES,
};

/* A changed line of a candidate that says something (fingerprint not 0), with what became of it. */
struct claim {
	uint32_t file; /* of the target */
	uint32_t line; /* in the side of the operation (LINE_HIT only), else UINT32_MAX */
	uint32_t hash;
	uint32_t identity; /* of the file in the pool */
	uint8_t fate;
	uint8_t added;  /* 1: an added line; 0: a removed one */
	uint8_t place;  /* how well the surroundings agree: 0 not at all, 255 fully */
	uint8_t rarity; /* 255: nowhere else; towards 0: everywhere */
	/* The candidate that upstream undid (LINE_MISS, LINE_STILL: later) or made (LINE_GONE: earlier) this
	 * line with. */
	uint32_t partner; /* UINT32_MAX: none */
};

struct evidence {
	float mass[2][LINE_FATES]; /* [added][fate]: sum of rarities in [0,1] */
	float place;               /* mean agreement of the surroundings of hits, by rarity */
	float moved;            /* of the mass of hits, what stands in another file than upstream has it in */
	float absent;           /* mass of changed lines in files that the vendor does not have */
	uint32_t n_told;        /* changed lines that say something, in files that the vendor has */
	uint32_t files[3];      /* by enum path_fate */
	uint32_t blobs_reached; /* files that equal the vendor's once the candidate is in */
	uint32_t blobs_before; /* files whose state before the candidate equals the vendor's: it came too late
				*/
	uint32_t reached;      /* files that upstream brought from here to what the vendor has */
	uint32_t passed;       /* … and from what the vendor has to here */
	uint32_t hunks_hit;    /* hunks with most of their lines hit */
	uint32_t hunks;        /* hunks in files that the vendor changed or has */
	uint32_t first_claim;
	uint32_t n_claims;
};

static inline float evidence_hits(const struct evidence *evidence)
{
	return evidence->mass[0][LINE_HIT] + evidence->mass[1][LINE_HIT];
}

struct evidence_set {
	const struct ksig_pool *pool;
	const ksig_target *target;
	struct path_target *paths;
	struct evidence *candidates; /* one a candidate of the pool */
	GArray *claims;              /* struct claim, by candidate */
	GArray *changed_lines;       /* sorted, of the target (moved.c) */
	uint16_t *frequency;         /* by the low bits of a hash: how often changed lines have it */
};

typedef struct evidence_set evidence_set;
evidence_set *evidence_collect(const struct ksig_pool *pool, const ksig_target *target);
void evidence_set_free(evidence_set *set);

/*
 * Of several versions of one patch the one that fits best stays a candidate; where one is CARRIED already
 * (one flag a candidate), none does: what changes then is that patch, reworked.
 */
void evidence_keep_best_versions(evidence_set *set, const uint8_t *carried);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(evidence_set, evidence_set_free)

/* The target's changed lines, for moved_find(). */
GArray *moved_index(const ksig_target *target);

/* The changed file in which at least half of the hunk's lines stand, two or more; or TARGET_NO_FILE. */
uint32_t moved_find(const evidence_set *set, const struct ksig_hunk *hunk);

/* Whether one of the hunk's lines is changed on the same side in the file where upstream has it. */
bool moved_is_at_home(const evidence_set *set, const struct ksig_hunk *hunk, const struct path_target *path);

/* Fills what upstream's whole files say (states.c). */
void states_follow(evidence_set *set);

/* Fills the partner of every claim: the candidates that upstream itself undid or built on these lines with.
 */
void partners_link(evidence_set *set);
