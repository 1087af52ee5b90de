/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each changed line of a candidate looked up in the target: its place among its neighbours, its fate and its
 * rarity; opaque files by their blob; hunks in moved files.
 */
#include "match/evidence.h"
#include "match/blob-chain-internal.h"
#include "match/line-place-internal.h"
#include "match/moved-internal.h"
#include "match/superseding-internal.h"

#include <math.h>
#include <string.h>

enum { FREQUENCY_BITS = 22 };

/* ---- rarity -------------------------------------------------------------------------------------- */

static size_t slot(uint32_t hash)
{
	return hash & ((1U << FREQUENCY_BITS) - 1);
}

static uint16_t *count_lines(const struct ksig_pool *pool)
{
	uint16_t *frequency = g_new0(uint16_t, 1UL << FREQUENCY_BITS);

	for (uint64_t i = 0; i < pool->n_lines; i++) {
		const uint32_t line = pool->lines[i];
		if (ksig_upstream_line_op(line) == KSIG_LINE_CONTEXT)
			continue;
		uint16_t *count = &frequency[slot(ksig_upstream_line_hash(line))];
		*count += *count < UINT16_MAX;
	}
	return frequency;
}

/* 1 for a line that is changed once or twice in the whole pool; a quarter at a few hundred; never 0. */
static float rarity(const ksig_evidence_set *set, uint32_t hash, uint32_t places)
{
	const float often = (float) set->frequency[slot(hash)] / 2.0F + (float) places;

	return 1.0F / (1.0F + set->parameters->rarity_slope * log2f(often > 1.0F ? often : 1.0F));
}

/* ---- one line ------------------------------------------------------------------------------------ */

static void fate_of_added(const struct ksig_match_parameters *parameters, const struct line_strand *strand,
			  uint32_t i, struct ksig_target_file *file, struct ksig_claim *claim,
			  uint32_t *out_places)
{
	const struct line_place hit = line_place_find(parameters, strand, i, &file->new_side, true,
						      out_places);
	const struct line_place same = line_place_find(parameters, strand, i, &file->new_side, false,
						       out_places);

	if (hit.score >= 0 && hit.score >= same.score - 64) {
		claim->fate = KSIG_FATE_HIT;
		claim->line = hit.line;
		claim->place = (uint8_t) hit.score;
	} else if (same.score >= 0) {
		claim->fate = KSIG_FATE_SAME;
		claim->place = (uint8_t) same.score;
	} else {
		claim->fate = KSIG_FATE_MISS;
	}
}

static void fate_of_removed(const struct ksig_match_parameters *parameters, const struct line_strand *strand,
			    uint32_t i, struct ksig_target_file *file, struct ksig_claim *claim,
			    uint32_t *out_places)
{
	const struct line_place hit = line_place_find(parameters, strand, i, &file->old_side, true,
						      out_places);
	uint32_t new_places = 0;
	struct line_place still = line_place_find(parameters, strand, i, &file->new_side, false, &new_places);
	const struct line_place moved = line_place_find(parameters, strand, i, &file->new_side, true,
							&new_places);

	if (moved.score > still.score)
		still = moved;
	if (hit.score >= 0 && hit.score >= still.score) {
		claim->fate = KSIG_FATE_HIT;
		claim->line = hit.line;
		claim->place = (uint8_t) hit.score;
	} else if (still.score >= 0) {
		claim->fate = KSIG_FATE_STILL;
		claim->place = (uint8_t) still.score;
	} else {
		claim->fate = KSIG_FATE_GONE;
	}
}

static void add_claim(ksig_evidence_set *set, struct ksig_match_evidence *evidence,
		      const struct ksig_claim *claim)
{
	const float mass = (float) claim->rarity / 255.0F;

	evidence->mass[claim->added][claim->fate] += mass;
	evidence->n_told++;
	evidence->n_claims++;
	if (claim->fate == KSIG_FATE_HIT)
		evidence->place += mass * (float) claim->place / 255.0F;
	g_array_append_val(set->claims, *claim);
}

/* ---- strands ------------------------------------------------------------------------------------- */

static void collect_strand(ksig_evidence_set *set, struct ksig_match_evidence *evidence,
			   struct line_strand *strand, const struct ksig_path_target *path, bool added)
{
	struct ksig_target_file *file = &set->target->files[path->file];

	line_strand_look_for_new_name(strand, file);
	for (uint32_t i = 0; i < strand->count; i++) {
		struct ksig_claim claim = {.file = path->file,
					   .line = UINT32_MAX,
					   .hash = strand->hashes[i],
					   .identity = path->identity,
					   .added = added,
					   .partner = UINT32_MAX};
		uint32_t places = 0;
		if (!strand->changed[i])
			continue;
		if (added)
			fate_of_added(set->parameters, strand, i, file, &claim, &places);
		else
			fate_of_removed(set->parameters, strand, i, file, &claim, &places);
		claim.rarity = (uint8_t) (255.0F * rarity(set, claim.hash, places));
		add_claim(set, evidence, &claim);
	}
}

/* In a file that the vendor left alone what is added is missing, and what is removed is there still. */
static void collect_unchanged(ksig_evidence_set *set, struct ksig_match_evidence *evidence,
			      const struct line_strand *strand, const struct ksig_path_target *path,
			      bool added)
{
	for (uint32_t i = 0; i < strand->count; i++) {
		struct ksig_claim claim = {.file = KSIG_TARGET_NO_FILE,
					   .line = UINT32_MAX,
					   .hash = strand->hashes[i],
					   .identity = path->identity,
					   .added = added,
					   .fate = added ? KSIG_FATE_MISS : KSIG_FATE_STILL,
					   .partner = UINT32_MAX};
		if (!strand->changed[i])
			continue;
		claim.rarity = (uint8_t) (255.0F * rarity(set, claim.hash, 0));
		add_claim(set, evidence, &claim);
	}
}

/* ---- one hunk, one file -------------------------------------------------------------------------- */

/* What a hunk of a file that the vendor does not have weighs. */
static float absent_mass(const ksig_evidence_set *set, const struct ksig_hunk *hunk)
{
	float mass = 0;

	for (uint32_t i = 0; i < MIN(hunk->n_lines, EVIDENCE_HUNK_LINES_LIMIT); i++) {
		const uint32_t line = set->pool->lines[hunk->first_line + i];
		if (ksig_upstream_line_op(line) != KSIG_LINE_CONTEXT && ksig_upstream_line_hash(line))
			mass += rarity(set, ksig_upstream_line_hash(line), 0);
	}
	return mass;
}

static void collect_hunk(ksig_evidence_set *set, struct ksig_match_evidence *evidence,
			 const struct ksig_hunk *hunk, const struct ksig_path_target *home,
			 struct line_strand *strand)
{
	const float hits_before = ksig_match_evidence_hits(evidence);
	const guint first = set->claims->len;
	struct ksig_path_target path = *home;
	float total = 0;

	if (path.fate != KSIG_PATH_CHANGED || !moved_is_at_home(set, hunk, &path)) {
		const uint32_t moved = moved_find(set, hunk);
		if (moved != KSIG_TARGET_NO_FILE)
			path = (struct ksig_path_target){KSIG_PATH_CHANGED, moved, home->identity};
	}
	if (path.fate == KSIG_PATH_ABSENT) {
		evidence->absent += absent_mass(set, hunk);
		return;
	}
	for (int added = 0; added < 2; added++) {
		line_strand_make(set->pool, hunk, added ? KSIG_LINE_ADDED : KSIG_LINE_REMOVED, strand);
		if (path.fate == KSIG_PATH_CHANGED)
			collect_strand(set, evidence, strand, &path, added);
		else
			collect_unchanged(set, evidence, strand, &path, added);
	}
	if (path.file != home->file)
		evidence->moved += ksig_match_evidence_hits(evidence) - hits_before;
	for (guint i = first; i < set->claims->len; i++)
		total += (float) g_array_index(set->claims, struct ksig_claim, i).rarity / 255.0F;
	evidence->hunks += total > 0;
	evidence->hunks_hit += total > 0 && ksig_match_evidence_hits(evidence) - hits_before > total / 2;
}

/* An opaque file is one line, its blob: a candidate takes the old one away and puts the new one there. */
static void collect_opaque(ksig_evidence_set *set, struct ksig_match_evidence *evidence,
			   const struct ksig_candidate_file *file, const struct ksig_path_target *path,
			   struct line_strand *strand)
{
	const uint64_t blobs[2] = {file->old_blob, file->new_blob};
	const guint first = set->claims->len;

	for (int added = 0; added < 2; added++) {
		if (blobs[added] == 0)
			continue;
		strand->hashes[0] = ksig_match_target_opaque_fingerprint(blobs[added]);
		strand->changed[0] = 1;
		strand->expected[0] = 0;
		strand->count = 1;
		strand->function = 0;
		collect_strand(set, evidence, strand, path, added);
	}
	evidence->hunks += set->claims->len > first;
	evidence->hunks_hit += file->new_blob == ksig_match_target_blob_prefix(
							 &set->target->files[path->file].change->new_blob);
}

static void collect_file(ksig_evidence_set *set, struct ksig_match_evidence *evidence, uint32_t index,
			 struct line_strand *strand)
{
	const struct ksig_candidate_file *file = &set->pool->files[index];
	const struct ksig_path_target *path = &set->paths[index];

	evidence->files[path->fate]++;
	if (path->fate == KSIG_PATH_CHANGED) {
		const uint64_t vendor = ksig_match_target_blob_prefix(
			&set->target->files[path->file].change->new_blob);
		evidence->blobs_reached += file->new_blob == vendor;
		evidence->blobs_before += file->old_blob == vendor;
	}
	if (path->fate == KSIG_PATH_CHANGED && set->target->files[path->file].opaque) {
		collect_opaque(set, evidence, file, path, strand);
		return;
	}
	for (uint32_t h = 0; h < file->n_hunks; h++)
		collect_hunk(set, evidence, &set->pool->hunks[file->first_hunk + h], path, strand);
}

/* Candidates whose files the vendor has and left alone say nothing and cost nothing. */
static bool touches_target(const ksig_evidence_set *set, const struct ksig_candidate *candidate)
{
	for (uint32_t f = 0; f < candidate->n_files; f++)
		if (set->paths[candidate->first_file + f].fate != KSIG_PATH_UNCHANGED)
			return true;
	return false;
}

static void collect_candidate(ksig_evidence_set *set, uint32_t index, struct line_strand *strand)
{
	const struct ksig_candidate *candidate = &set->pool->candidates[index];
	struct ksig_match_evidence *evidence = &set->candidates[index];

	evidence->first_claim = set->claims->len;
	if (!touches_target(set, candidate))
		return;
	for (uint32_t f = 0; f < candidate->n_files; f++)
		collect_file(set, evidence, candidate->first_file + f, strand);
	const float hits = ksig_match_evidence_hits(evidence);
	evidence->place = hits > 0 ? evidence->place / hits : 0;
}

ksig_evidence_set *ksig_match_evidence_collect(const struct ksig_pool *pool, const ksig_target *target,
					       const struct ksig_match_parameters *parameters)
{
	ksig_evidence_set *set = g_new0(ksig_evidence_set, 1);
	g_autofree struct line_strand *strand = g_new(struct line_strand, 1);
	g_autoptr(ksig_progress) progress = ksig_progress_new("comparing candidates", pool->n_candidates);

	set->pool = pool;
	set->target = target;
	set->parameters = parameters;
	set->paths = ksig_match_paths_map(pool, target);
	set->candidates = g_new0(struct ksig_match_evidence, pool->n_candidates + 1);
	set->claims = g_array_new(FALSE, FALSE, sizeof(struct ksig_claim));
	set->frequency = count_lines(pool);
	set->changed_lines = moved_index(target);
	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		ksig_progress_set(progress, c);
		collect_candidate(set, c, strand);
	}
	superseding_link(set);
	blob_chain_follow(set);
	return set;
}

void ksig_match_evidence_free(ksig_evidence_set *set)
{
	if (!set)
		return;
	g_free(set->paths);
	g_free(set->candidates);
	g_free(set->frequency);
	g_array_unref(set->claims);
	g_array_unref(set->changed_lines);
	g_free(set);
}
