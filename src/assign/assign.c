/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who gets a claimed line (the likelier candidate; of equals the later one, if the line is added),
 * what its run's surroundings are given with it, who gets whole files, and each part's kind.
 */
#include "assign/assign.h"
#include "assign/alternatives-internal.h"
#include "assign/contained-internal.h"
#include "assign/merge-internal.h"
#include "assign/place-internal.h"
#include "assign/series-owners-internal.h"
#include "assign/unexplained-internal.h"
#include "assign/unproved-series-internal.h"

#include <string.h>

static void part_clear(void *data)
{
	struct ksig_part *part = data;

	g_free(part->subject);
	g_free(part->vendor_reason);
	g_clear_pointer(&part->entries, g_array_unref);
	g_clear_pointer(&part->possible_entries, g_array_unref);
	g_clear_pointer(&part->alternatives, g_array_unref);
}

static ksig_assignment *assignment_new(const ksig_rounds *rounds)
{
	ksig_assignment *assignment = g_new0(ksig_assignment, 1);
	const ksig_target *target = rounds->set->target;

	assignment->target = target;
	assignment->parts = g_array_new(FALSE, TRUE, sizeof(struct ksig_part));
	g_array_set_clear_func(assignment->parts, part_clear);
	assignment->contained = g_array_new(FALSE, FALSE, sizeof(struct ksig_contained_part));
	assignment->file_owner = g_new(uint32_t, target->n_files + 1);
	memset(assignment->file_owner, 0xff, (target->n_files + 1) * sizeof(uint32_t));
	assignment->replayed = g_new0(bool, target->n_files + 1);
	for (int added = 0; added < 2; added++) {
		uint64_t *count = &assignment->n_lines[added];
		assignment->line_base[added] = ksig_match_target_number_changed(target, added, count);
		assignment->line_owner[added] = g_new(uint32_t, *count + 1);
		memset(assignment->line_owner[added], 0xff, (*count + 1) * sizeof(uint32_t));
	}
	return assignment;
}

void ksig_assign_free(ksig_assignment *assignment)
{
	if (!assignment)
		return;
	g_array_unref(assignment->parts);
	g_array_unref(assignment->contained);
	g_free(assignment->file_owner);
	g_free(assignment->replayed);
	for (int added = 0; added < 2; added++) {
		g_free(assignment->line_base[added]);
		g_free(assignment->line_owner[added]);
	}
	g_free(assignment);
}

static struct ksig_part *part_at(const ksig_assignment *assignment, uint32_t part)
{
	return &g_array_index(assignment->parts, struct ksig_part, part);
}

/* ---- lines that a candidate claims --------------------------------------------------------------- */

/*
 * Who has a line: the likelier candidate weighed by the place; of equals, for an added line the later one (it
 * wrote the line last) and for a removed one the earlier (it took it away first). Parts stand in upstream's
 * order.
 */
static void claim_line(ksig_assignment *assignment, float *scores[2], const struct ksig_claim *claim,
		       uint32_t part, float score)
{
	const uint64_t at = ksig_assign_number(assignment, claim->added, claim->file, claim->line);
	uint32_t *owner = &assignment->line_owner[claim->added][at];
	float *best = &scores[claim->added][at];

	if (*owner != KSIG_NO_OWNER && *best <= 0)
		return; /* an upstream candidate has it, and this is a step turned round */
	if (*owner == KSIG_NO_OWNER || score > *best || (claim->added && score == *best)) {
		*owner = part;
		*best = score;
	}
}

static void claim_lines(ksig_assignment *assignment, const ksig_evidence_set *set)
{
	float *scores[2] = {g_new0(float, assignment->n_lines[0] + 1),
			    g_new0(float, assignment->n_lines[1] + 1)};

	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const struct ksig_part *part = part_at(assignment, p);
		if (part->set != set)
			continue;
		const struct ksig_match_evidence *evidence = &set->candidates[part->candidate];
		for (uint32_t i = 0; i < evidence->n_claims; i++) {
			const struct ksig_claim *claim = &g_array_index(set->claims, struct ksig_claim,
									evidence->first_claim + i);
			if (claim->fate == KSIG_FATE_HIT)
				claim_line(assignment, scores, claim, p,
					   part->confidence * (0.25F + (float) claim->place / 255.0F));
		}
	}
	g_free(scores[0]);
	g_free(scores[1]);
}

/* ---- insignificant lines, and adapted lines --------------------------------------------------- */

static bool is_insignificant(const ksig_assignment *assignment, int added, uint32_t file, uint32_t line)
{
	const struct ksig_target_file *f = &assignment->target->files[file];

	return (added ? f->new_side.hashes : f->old_side.hashes)[line] == 0;
}

/* The nearest line, on one side of a line, that is significant or owned. */
struct near {
	uint32_t owner; /* KSIG_NO_OWNER: nobody has it, or there is none */
	uint32_t distance;
};

static const struct near NOTHING_NEAR = {KSIG_NO_OWNER, UINT32_MAX / 2};

/* What is nearest to the line behind LINE, if BEFORE is what is nearest to LINE. */
static struct near beyond(const ksig_assignment *assignment, int added, uint32_t file, uint32_t line,
			  struct near before)
{
	const uint32_t owner = ksig_assign_owner(assignment, added, file, line);

	if (owner != KSIG_NO_OWNER || !is_insignificant(assignment, added, file, line))
		return (struct near){owner, 1};
	return (struct near){before.owner, before.distance + 1};
}

/* An insignificant line goes with the nearest other one, be it owned or not; of equals with the one above. */
static void adopt_insignificant(ksig_assignment *assignment, int added, uint32_t file, uint32_t start,
				uint32_t count)
{
	g_autofree struct near *above = g_new(struct near, count + 1);
	struct near below = NOTHING_NEAR;

	above[0] = NOTHING_NEAR;
	for (uint32_t i = 0; i < count; i++)
		above[i + 1] = beyond(assignment, added, file, start + i, above[i]);
	for (uint32_t i = count; i-- > 0;) {
		const struct near next = beyond(assignment, added, file, start + i, below);
		if (ksig_assign_owner(assignment, added, file, start + i) == KSIG_NO_OWNER &&
		    is_insignificant(assignment, added, file, start + i))
			ksig_assign_own(assignment, added, file, start + i,
					above[i].distance <= below.distance ? above[i].owner : below.owner);
		below = next;
	}
}

/* Of one side of a run. */
struct run_side {
	uint32_t owned;
	uint32_t open;
	uint32_t open_significant; /* of these */
};

/* False: more than one has lines, or another than the one that *OWNER is already. */
static bool count_side(const ksig_assignment *assignment, int added, uint32_t file,
		       const struct ksig_run *run, struct run_side *side, uint32_t *owner)
{
	const uint32_t start = added ? run->new_start : run->old_start;
	const uint32_t count = added ? run->new_count : run->old_count;

	for (uint32_t i = start; i < start + count; i++) {
		const uint32_t one = ksig_assign_owner(assignment, added, file, i);
		if (one == KSIG_NO_OWNER) {
			side->open++;
			side->open_significant += !is_insignificant(assignment, added, file, i);
			continue;
		}
		if (*owner != KSIG_NO_OWNER && one != *owner)
			return false;
		*owner = one;
		side->owned++;
	}
	return true;
}

/* Gives the lines of one side of a run that nobody has to OWNER. */
static void give_open(ksig_assignment *assignment, int added, uint32_t file, const struct ksig_run *run,
		      uint32_t owner)
{
	const uint32_t start = added ? run->new_start : run->old_start;
	const uint32_t count = added ? run->new_count : run->old_count;

	for (uint32_t i = start; i < start + count; i++)
		if (ksig_assign_owner(assignment, added, file, i) == KSIG_NO_OWNER)
			ksig_assign_own(assignment, added, file, i, owner);
}

/*
 * A run of which one candidate has at least half the lines, and nobody else has any, is its change, adapted.
 * Of a side that has no significant line without an owner it has the others in any case.
 */
static void adopt_run(ksig_assignment *assignment, uint32_t file, const struct ksig_run *run)
{
	struct run_side sides[2] = {{.owned = 0}, {.owned = 0}};
	uint32_t owner = KSIG_NO_OWNER;

	if (!count_side(assignment, 0, file, run, &sides[0], &owner) ||
	    !count_side(assignment, 1, file, run, &sides[1], &owner) || owner == KSIG_NO_OWNER)
		return;
	const uint32_t open = sides[0].open + sides[1].open;
	const bool is_adapted = open <= sides[0].owned + sides[1].owned;
	for (int added = 0; added < 2; added++)
		if (is_adapted || sides[added].open_significant == 0)
			give_open(assignment, added, file, run, owner);
	if (is_adapted)
		part_at(assignment, owner)->adopted += open;
}

static void adopt_lines(ksig_assignment *assignment)
{
	for (uint32_t f = 0; f < assignment->target->n_files; f++) {
		const GArray *runs = assignment->target->files[f].runs;
		for (guint r = 0; r < runs->len; r++) {
			const struct ksig_run *run = &g_array_index(runs, struct ksig_run, r);
			adopt_insignificant(assignment, 0, f, run->old_start, run->old_count);
			adopt_insignificant(assignment, 1, f, run->new_start, run->new_count);
			adopt_run(assignment, f, run);
		}
	}
}

/* ---- whole files --------------------------------------------------------------------------------- */

/* Whether CANDIDATE's file does to the vendor's file, as a whole, what the vendor did. */
static bool does_to_file(const struct ksig_candidate_file *file, const struct ksig_target_file *vendor)
{
	const struct ksig_change *change = vendor->change;

	if (vendor->renamed_from)
		return file->flags & KSIG_FILE_RENAMED;
	if (change->old_mode == 0)
		return file->flags & (KSIG_FILE_ADDED | KSIG_FILE_RENAMED);
	if (change->new_mode == 0)
		return file->flags & (KSIG_FILE_DELETED | KSIG_FILE_RENAMED);
	if (vendor->opaque)
		return file->new_blob != 0 &&
		       file->new_blob == ksig_match_target_blob_prefix(&change->new_blob);
	return change->old_mode != change->new_mode && file->flags & KSIG_FILE_MODE;
}

static void claim_files(ksig_assignment *assignment)
{
	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const struct ksig_part *part = part_at(assignment, p);
		const struct ksig_pool *pool = part->set->pool;
		const struct ksig_candidate *candidate = &pool->candidates[part->candidate];
		for (uint32_t f = 0; f < candidate->n_files; f++) {
			const uint32_t index = candidate->first_file + f;
			const struct ksig_path_target *path = &part->set->paths[index];
			if (path->fate == KSIG_PATH_CHANGED &&
			    assignment->file_owner[path->file] == KSIG_NO_OWNER &&
			    does_to_file(&pool->files[index], &assignment->target->files[path->file]))
				assignment->file_owner[path->file] = p;
		}
	}
}

/* An opaque file's one line goes with the file. */
static void bind_opaque(ksig_assignment *assignment)
{
	for (uint32_t f = 0; f < assignment->target->n_files; f++) {
		const struct ksig_target_file *file = &assignment->target->files[f];
		if (!file->opaque)
			continue;
		for (int added = 0; added < 2; added++)
			if (ksig_match_side_is_changed(
				    ksig_match_file_side(&assignment->target->files[f], added), 0))
				ksig_assign_own(assignment, added, f, 0, assignment->file_owner[f]);
	}
}

/* ---- kinds --------------------------------------------------------------------------------------- */

static enum ksig_patch_kind kind_of(const struct ksig_part *part)
{
	const struct ksig_match_evidence *evidence = &part->set->candidates[part->candidate];
	const float hit = ksig_match_evidence_hits(evidence);
	const float lost = evidence->mass[1][KSIG_FATE_MISS] + evidence->mass[0][KSIG_FATE_STILL] +
			   evidence->mass[0][KSIG_FATE_GONE] + evidence->mass[1][KSIG_FATE_SAME];
	const bool whole = evidence->files[KSIG_PATH_ABSENT] == 0 &&
			   evidence->files[KSIG_PATH_UNCHANGED] == 0;

	if (part->set->pool->candidates[part->candidate].flags & KSIG_CANDIDATE_REVERT)
		return KSIG_PATCH_REVERT;
	/* it applied as it is, whatever later ones of its series made of it */
	if (part->replayed > 0 && part->replayed >= part->set->pool->candidates[part->candidate].n_files)
		return KSIG_PATCH_EXACT;
	if (lost <= 0 && part->adopted == 0 && whole)
		return evidence->place > 0.95F || hit <= 0 ? KSIG_PATCH_EXACT : KSIG_PATCH_CONTEXT;
	if (!whole || (evidence->hunks_hit < evidence->hunks && evidence->hunks_hit > 0))
		return KSIG_PATCH_PARTIAL;
	return KSIG_PATCH_ADAPTED;
}

static void count_lines(ksig_assignment *assignment)
{
	assignment->explained = 0;
	for (uint32_t p = 0; p < assignment->parts->len; p++)
		part_at(assignment, p)->lines = 0;
	for (int added = 0; added < 2; added++)
		for (uint32_t f = 0; f < assignment->target->n_files; f++) {
			const struct ksig_target_file *file = &assignment->target->files[f];
			const struct ksig_target_side *side = added ? &file->new_side : &file->old_side;
			for (uint32_t i = 0; i < side->lines.count; i++) {
				const uint32_t owner = ksig_assign_owner(assignment, added, f, i);
				if (!ksig_match_side_is_changed(side, i) || owner == KSIG_NO_OWNER)
					continue;
				part_at(assignment, owner)->lines++;
				assignment->explained += part_at(assignment, owner)->set != NULL;
			}
		}
}

static void add_candidates(ksig_assignment *assignment, const ksig_rounds *rounds, float threshold)
{
	for (uint32_t c = 0; c < rounds->set->pool->n_candidates; c++) {
		const struct ksig_part part = {
			.set = rounds->set, .candidate = c, .confidence = rounds->probability[c]};
		if (part.confidence >= threshold && !(rounds->carried && rounds->carried[c]))
			g_array_append_val(assignment->parts, part);
	}
}

static void add_undos(ksig_assignment *assignment, const ksig_reverse_steps *undo)
{
	for (guint i = 0; i < undo->reversals->len; i++) {
		const struct ksig_reverse_step *one = &g_array_index(undo->reversals,
								     struct ksig_reverse_step, i);
		const struct ksig_part part = {.set = undo->evidence,
					       .candidate = one->candidate,
					       .confidence = 1,
					       .undoes = one->patch_id,
					       .action = one->action};
		g_array_append_val(assignment->parts, part);
	}
}

static ksig_assignment *divide(const ksig_rounds *rounds, const struct ksig_claimants *claimants,
			       float threshold)
{
	g_autoptr(ksig_assignment) assignment = assignment_new(rounds);
	const ksig_reverse_steps *undo = claimants->undo;

	add_candidates(assignment, rounds, threshold);
	if (undo)
		add_undos(assignment, undo);
	claim_lines(assignment, rounds->set);
	series_owners_replay(assignment, rounds, threshold);
	place_hunks(assignment, rounds->set);
	if (undo) {
		claim_lines(assignment, undo->evidence);
		place_hunks(assignment, undo->evidence);
	}
	adopt_lines(assignment);
	claim_files(assignment);
	bind_opaque(assignment);
	for (uint32_t p = 0; p < assignment->parts->len; p++)
		part_at(assignment, p)->kind = kind_of(part_at(assignment, p));
	count_lines(assignment);
	return g_steal_pointer(&assignment);
}

ksig_assignment *ksig_assign_make(ksig_rounds *rounds, const struct ksig_claimants *claimants,
				  float threshold, GError **error)
{
	g_autoptr(ksig_assignment) assignment = divide(rounds, claimants, threshold);

	if (unproved_series_doubt(rounds, assignment, threshold)) {
		ksig_assign_free(assignment);
		assignment = divide(rounds, claimants, threshold);
	}
	contained_take_out(assignment, rounds, claimants->imports, threshold);
	merge_imports(assignment, rounds, claimants->imports);
	if (!unexplained_cut(assignment, claimants->entries, error))
		return NULL;
	alternatives_find(assignment, rounds);
	count_lines(assignment);
	return g_steal_pointer(&assignment);
}
