/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that cannot be told by themselves (blank lines, braces, common lines) go with the hunk that they
 * stand in: an accepted candidate's hunk is laid over the vendor's file where its significant lines are, and
 * takes the changed lines below it that have no owner yet.
 */
#include "assign/place-internal.h"

enum {
	PLACES_LIMIT = 32, /* of one significant line */
	ANCHORS_LIMIT = 8, /* significant lines of a hunk that are tried */
	SEQUENCE_LIMIT = 20000,
};

/* One side of a hunk: all its lines, the silent ones too. */
struct sequence {
	const uint32_t *lines; /* of the pool */
	uint32_t at[SEQUENCE_LIMIT];
	uint32_t count;
	unsigned op;
};

static void make_sequence(const struct ksig_pool *pool, const struct ksig_hunk *hunk, unsigned op,
			  struct sequence *sequence)
{
	sequence->lines = pool->lines + hunk->first_line;
	sequence->count = 0;
	sequence->op = op;
	for (uint32_t i = 0; i < hunk->n_lines && sequence->count < SEQUENCE_LIMIT; i++) {
		const unsigned line_op = ksig_upstream_line_op(sequence->lines[i]);
		if (line_op == KSIG_LINE_CONTEXT || line_op == op)
			sequence->at[sequence->count++] = i;
	}
}

static uint32_t hash_at(const struct sequence *sequence, uint32_t i)
{
	return ksig_upstream_line_hash(sequence->lines[sequence->at[i]]);
}

static bool is_changed(const struct sequence *sequence, uint32_t i)
{
	return ksig_upstream_line_op(sequence->lines[sequence->at[i]]) == sequence->op;
}

static uint32_t agreement(const struct sequence *sequence, const struct ksig_target_side *side, int64_t start)
{
	uint32_t same = 0;

	for (uint32_t i = 0; i < sequence->count; i++) {
		const int64_t line = start + i;
		if (line >= 0 && line < side->lines.count)
			same += side->hashes[line] == hash_at(sequence, i);
	}
	return same;
}

/* Where the sequence starts in SIDE: the start at which most lines agree, at least three in four. INT64_MIN:
 * nowhere. */
static int64_t find_start(const struct sequence *sequence, struct ksig_target_side *side, int64_t expected)
{
	int64_t best = INT64_MIN;
	uint32_t best_same = sequence->count - sequence->count / 4;
	unsigned anchors = 0;

	for (uint32_t i = 0; i < sequence->count && anchors < ANCHORS_LIMIT; i++) {
		const uint32_t *places = NULL;
		if (hash_at(sequence, i) == 0)
			continue;
		const uint32_t n = ksig_match_side_find(side, hash_at(sequence, i), &places);
		anchors += n > 0;
		for (uint32_t p = 0; p < MIN(n, PLACES_LIMIT); p++) {
			const int64_t start = (int64_t) places[p] - i;
			const uint32_t same = agreement(sequence, side, start);
			if (same > best_same ||
			    (same == best_same &&
			     (best == INT64_MIN || ABS(start - expected) < ABS(best - expected)))) {
				best = start;
				best_same = same;
			}
		}
	}
	return best;
}

static bool is_known_change(const struct sequence *sequence, uint32_t hash)
{
	for (uint32_t i = 0; i < sequence->count; i++)
		if (is_changed(sequence, i) && hash_at(sequence, i) == hash)
			return true;
	return false;
}

/*
 * A difference can be written in several ways ("}" above or below the same lines), and ours need not be the
 * candidate's: so any changed line under the hunk counts that is, by its letters, one of those that the hunk
 * changes; and all of them, where the vendor's text is just what the hunk has.
 */
static void take_lines(ksig_assignment *assignment, uint32_t part, uint32_t file, int added,
		       const struct sequence *sequence, int64_t start)
{
	const struct ksig_target_file *f = &assignment->target->files[file];
	const struct ksig_target_side *side = added ? &f->new_side : &f->old_side;
	const bool same_text = agreement(sequence, side, start) == sequence->count;

	for (int64_t line = MAX(start, 0); line < MIN(start + sequence->count, (int64_t) side->lines.count);
	     line++) {
		if (ksig_match_side_is_changed(side, (uint32_t) line) &&
		    ksig_assign_owner(assignment, added, file, (uint32_t) line) == KSIG_NO_OWNER &&
		    (same_text || is_known_change(sequence, side->hashes[line])))
			ksig_assign_own(assignment, added, file, (uint32_t) line, part);
	}
}

static void place_hunk(ksig_assignment *assignment, const struct ksig_pool *pool, uint32_t part,
		       uint32_t file, const struct ksig_hunk *hunk, struct sequence *sequence)
{
	for (int added = 0; added < 2; added++) {
		struct ksig_target_file *f = &assignment->target->files[file];
		make_sequence(pool, hunk, added ? KSIG_LINE_ADDED : KSIG_LINE_REMOVED, sequence);
		const int64_t start = find_start(sequence, added ? &f->new_side : &f->old_side,
						 (int64_t) (added ? hunk->new_start : hunk->old_start) - 1);
		if (start != INT64_MIN)
			take_lines(assignment, part, file, added, sequence, start);
	}
}

void place_hunks(ksig_assignment *assignment, const ksig_evidence_set *set)
{
	const struct ksig_pool *pool = set->pool;
	g_autofree struct sequence *sequence = g_new(struct sequence, 1);

	for (uint32_t p = 0; p < assignment->parts->len; p++) {
		const struct ksig_part *part = &g_array_index(assignment->parts, struct ksig_part, p);
		if (part->set != set)
			continue;
		const struct ksig_candidate *candidate = &pool->candidates[part->candidate];
		for (uint32_t f = candidate->first_file; f < candidate->first_file + candidate->n_files;
		     f++) {
			const struct ksig_path_target *path = &set->paths[f];
			if (path->fate != KSIG_PATH_CHANGED || assignment->target->files[path->file].opaque)
				continue;
			for (uint32_t h = 0; h < pool->files[f].n_hunks; h++)
				place_hunk(assignment, pool, p, path->file,
					   &pool->hunks[pool->files[f].first_hunk + h], sequence);
		}
	}
}
