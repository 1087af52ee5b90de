/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a candidate's lines say in the light of the others': who else claims them, what upstream did to them
 * later, and how much of the rest of their files is explained.
 */
#include "match/line-competition-internal.h"

#include <math.h>
#include <string.h>

/* Of the changed lines that tell something: how many there are, and how many some candidate explains. */
struct ksig_line_tally {
	float lines;
	float explained;
};

void line_competition_number(ksig_rounds *rounds)
{
	for (int added = 0; added < 2; added++) {
		uint64_t *count = &rounds->n_lines[added];
		rounds->line_base[added] = ksig_match_target_number_changed(rounds->set->target, added,
									    count);
		rounds->claimed[added] = g_new0(float, *count + 1);
	}
	rounds->tallies = g_new0(struct ksig_line_tally, rounds->set->target->n_files + 1);
}

static float *claimed_line(const ksig_rounds *rounds, const struct ksig_claim *claim)
{
	const struct ksig_target_side *side = ksig_match_file_side(&rounds->set->target->files[claim->file],
								   claim->added);

	return &rounds->claimed[claim->added][rounds->line_base[claim->added][claim->file] +
					      ksig_match_side_changed_before(side, claim->line)];
}

static const struct ksig_claim *claims_of(const ksig_rounds *rounds, uint32_t c)
{
	return &g_array_index(rounds->set->claims, struct ksig_claim, rounds->set->candidates[c].first_claim);
}

static void claim_lines(ksig_rounds *rounds)
{
	const struct ksig_evidence_set *set = rounds->set;

	for (int added = 0; added < 2; added++)
		memset(rounds->claimed[added], 0, rounds->n_lines[added] * sizeof(float));
	for (uint32_t c = 0; c < set->pool->n_candidates; c++) {
		const struct ksig_claim *claims = claims_of(rounds, c);
		if (ksig_match_rounds_is_carried(rounds, c))
			continue;
		for (uint32_t i = 0; i < set->candidates[c].n_claims; i++)
			if (claims[i].fate == KSIG_FATE_HIT)
				*claimed_line(rounds, &claims[i]) += rounds->probability[c];
	}
}

static void tally_side(const ksig_rounds *rounds, uint32_t file, int added, struct ksig_line_tally *tally)
{
	const struct ksig_target_file *f = &rounds->set->target->files[file];
	const struct ksig_target_side *side = added ? &f->new_side : &f->old_side;
	const float *claimed = rounds->claimed[added] + rounds->line_base[added][file];

	for (uint32_t i = 0; i < side->lines.count; i++) {
		if (!ksig_match_side_is_changed(side, i) || side->hashes[i] == 0)
			continue;
		tally->lines++;
		tally->explained += fminf(claimed[ksig_match_side_changed_before(side, i)], 1);
	}
}

/* Fills the tally of each file; returns the share of all. */
static float tally_files(ksig_rounds *rounds)
{
	struct ksig_line_tally all = {1, 0.5F};

	for (uint32_t f = 0; f < rounds->set->target->n_files; f++) {
		rounds->tallies[f] = (struct ksig_line_tally){0, 0};
		tally_side(rounds, f, 0, &rounds->tallies[f]);
		tally_side(rounds, f, 1, &rounds->tallies[f]);
		all.lines += rounds->tallies[f].lines;
		all.explained += rounds->tallies[f].explained;
	}
	return all.explained / all.lines;
}

/* The share of a file that others than OWN explain; of a file without other lines, the USUAL one. */
static float share_of(const struct ksig_line_tally *file, const struct ksig_line_tally *own, float usual)
{
	return (fmaxf(file->explained - own->explained, 0) + usual) /
	       (fmaxf(file->lines - own->lines, 0) + 1);
}

static void look_at_claim(const ksig_rounds *rounds, const struct ksig_claim *claim, float own,
			  struct ksig_line_tally *tally, struct ksig_outlook *outlook)
{
	const float mass = (float) claim->rarity / 255.0F;
	const float partner = claim->partner == UINT32_MAX ? 0 : rounds->probability[claim->partner];

	if (claim->fate == KSIG_FATE_HIT) {
		const float claimed = *claimed_line(rounds, claim);
		outlook->own += mass * own / fmaxf(claimed, 1e-6F);
		tally->lines++;
		tally->explained += fminf(claimed, 1) - fminf(fmaxf(claimed - own, 0), 1);
	} else if (claim->fate == KSIG_FATE_MISS) {
		outlook->superseded += mass * partner;
	} else if (claim->fate == KSIG_FATE_STILL) {
		outlook->still_superseded += mass * partner;
	} else if (claim->fate == KSIG_FATE_GONE && claim->partner != UINT32_MAX) {
		outlook->prerequisite += mass * partner;
		outlook->prerequisite_missing += mass * (1 - partner);
	}
}

static void look_at_candidate(const ksig_rounds *rounds, uint32_t c, float usual,
			      struct ksig_outlook *outlook)
{
	const struct ksig_claim *claims = claims_of(rounds, c);
	const uint32_t n_claims = rounds->set->candidates[c].n_claims;
	float sum = 0;
	float hits = 0;

	for (uint32_t i = 0, from = 0; i < n_claims; from = i) {
		struct ksig_line_tally own = {
			0, 0}; /* what it adds, believed as it is, to the tally of this file */
		for (; i < n_claims && claims[i].file == claims[from].file; i++)
			look_at_claim(rounds, &claims[i], rounds->probability[c], &own, outlook);
		if (own.lines > 0)
			sum += own.lines * share_of(&rounds->tallies[claims[from].file], &own, usual);
		hits += own.lines;
	}
	if (!ksig_match_rounds_could_take(rounds, c))
		return;
	outlook->explained = usual;
	outlook->around = hits > 0 ? sum / hits : usual;
}

void line_competition_look(ksig_rounds *rounds)
{
	claim_lines(rounds);
	const float usual = tally_files(rounds);
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++)
		look_at_candidate(rounds, c, usual, &rounds->outlooks[c]);
}
