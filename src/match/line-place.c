/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the lines of a hunk stand in the vendor's file: of all lines that are alike the one with the most of
 * their neighbours around it, in the same function.
 */
#include "match/line-place-internal.h"

enum { RENAMED_SCORE = 128 }; /* half of the neighbours */

void line_strand_make(const struct ksig_pool *pool, const struct ksig_hunk *hunk, unsigned op,
		      struct line_strand *strand)
{
	uint32_t number = op == KSIG_LINE_ADDED ? hunk->new_start : hunk->old_start;

	strand->count = 0;
	strand->function = hunk->function;
	for (uint32_t i = 0; i < MIN(hunk->n_lines, EVIDENCE_HUNK_LINES_LIMIT); i++) {
		const uint32_t line = pool->lines[hunk->first_line + i];
		const unsigned line_op = ksig_upstream_line_op(line);
		if (line_op != KSIG_LINE_CONTEXT && line_op != op)
			continue;
		number++;
		if (ksig_upstream_line_hash(line) == 0)
			continue;
		strand->expected[strand->count] = number - 2;
		strand->hashes[strand->count] = ksig_upstream_line_hash(line);
		strand->changed[strand->count++] = line_op == op;
	}
}

void line_strand_look_for_new_name(struct line_strand *strand, const struct ksig_target_file *file)
{
	strand->renamed_in = ksig_match_side_renames(&file->old_side, strand->function) ? &file->new_side
											: NULL;
}

static bool stands_near(const struct ksig_target_side *side, uint32_t line, int step, uint32_t hash,
			uint32_t reach)
{
	int64_t at = (int64_t) line + step;

	for (uint32_t i = 0; i < reach && at >= 0 && at < (int64_t) side->lines.count; at += step) {
		if (side->hashes[at] == 0)
			continue;
		if (side->hashes[at] == hash)
			return true;
		i++;
	}
	return false;
}

/* How many of the neighbours of line I of STRAND stand near LINE, as a share of those there are. */
static uint8_t place_of(const struct ksig_match_parameters *parameters, const struct line_strand *strand,
			uint32_t i, const struct ksig_target_side *side, uint32_t line)
{
	unsigned asked = 0;
	unsigned found = 0;

	for (uint32_t n = 1; n <= parameters->neighbours; n++) {
		if (i >= n) {
			asked++;
			found += stands_near(side, line, -1, strand->hashes[i - n], parameters->reach);
		}
		if (i + n < strand->count) {
			asked++;
			found += stands_near(side, line, 1, strand->hashes[i + n], parameters->reach);
		}
	}
	if (asked == 0)
		return side->lines.count == 1 ? 255 : 0;
	return (uint8_t) (255 * found / asked);
}

static uint32_t distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

/* A function that the difference may have given another name is found by what stands around the line, in one
 * that is new. */
static bool may_be_renamed(const struct line_strand *strand, const struct ksig_target_side *side,
			   uint32_t line, int score)
{
	return side == strand->renamed_in && score >= RENAMED_SCORE && ksig_match_side_is_new(side, line);
}

struct line_place line_place_find(const struct ksig_match_parameters *parameters,
				  const struct line_strand *strand, uint32_t i, struct ksig_target_side *side,
				  bool changed, uint32_t *out_places)
{
	const uint32_t *lines = NULL;
	const uint32_t count = ksig_match_side_find(side, strand->hashes[i], &lines);
	struct line_place best = {UINT32_MAX, -1};

	*out_places = count;
	for (uint32_t n = 0; n < MIN(count, parameters->places); n++) {
		if (ksig_match_side_is_changed(side, lines[n]) != changed)
			continue;
		const bool elsewhere = ksig_match_side_elsewhere(side, lines[n], strand->function);
		if (elsewhere && side != strand->renamed_in)
			continue;
		const int score = place_of(parameters, strand, i, side, lines[n]);
		if (elsewhere && !may_be_renamed(strand, side, lines[n], score))
			continue;
		if (score > best.score ||
		    (score == best.score &&
		     distance(lines[n], strand->expected[i]) < distance(best.line, strand->expected[i])))
			best = (struct line_place){lines[n], score};
	}
	return best;
}
