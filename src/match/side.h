/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One side of a changed file: its lines as fingerprints, which of them changed, the functions that they stand
 * in. */
#pragma once

#include "upstream/pool.h"

/* From LINE on, up to the next, the lines stand in the function of this name; 0: in none that is known. */
struct ksig_target_function {
	uint32_t line;
	uint32_t name; /* fingerprint */
};

/* One side of a changed file. */
struct ksig_target_side {
	struct ksig_lines
		lines;     /* the count always; the text between ksig_match_target_file_open() and _close() */
	uint32_t *hashes;  /* a fingerprint a line */
	uint64_t *changed; /* a bit a line: it is in the difference */
	uint32_t *changed_before; /* by word of CHANGED: the changed lines that stand before it */
	uint32_t n_changed;
	uint32_t *
		order; /* line numbers of hash != 0, by hash and line; made when a line is first looked for */
	uint32_t n_order;
	uint32_t n_functions;
	struct ksig_target_function *functions; /* by line */
};

void ksig_match_side_clear(struct ksig_target_side *side);

/* Fingerprints of the lines, whose text is there. None is marked yet. */
void ksig_match_side_index(struct ksig_target_side *side);
void ksig_match_side_find_functions(struct ksig_target_side *side);

/* COUNT lines from START are in the difference. After the last, ksig_match_side_count_marked(). */
void ksig_match_side_mark(struct ksig_target_side *side, uint32_t start, uint32_t count);
void ksig_match_side_count_marked(struct ksig_target_side *side);
void ksig_match_side_unmark(struct ksig_target_side *side);

static inline bool ksig_match_side_is_changed(const struct ksig_target_side *side, uint32_t line)
{
	return side->changed[line / 64] >> line % 64 & 1;
}

/* How many changed lines stand before LINE: the number of a changed line among them. */
static inline uint32_t ksig_match_side_changed_before(const struct ksig_target_side *side, uint32_t line)
{
	const uint64_t below = (UINT64_C(1) << line % 64) - 1;

	return side->changed_before[line / 64] +
	       (uint32_t) __builtin_popcountll(side->changed[line / 64] & below);
}

/* Whether the line that begins the function NAME of SIDE is in the difference: it may have another name on
 * the other side. */
bool ksig_match_side_renames(const struct ksig_target_side *side, uint32_t name);

/* Whether LINE of SIDE stands in another function than the one called NAME, which is there as well. */
bool ksig_match_side_elsewhere(const struct ksig_target_side *side, uint32_t line, uint32_t name);

/* Whether the line that begins the function in which LINE stands is in the difference. */
bool ksig_match_side_is_new(const struct ksig_target_side *side, uint32_t line);

/* The lines of SIDE with HASH: *OUT_LINES points at line numbers in order; returns how many. */
uint32_t ksig_match_side_find(struct ksig_target_side *side, uint32_t hash, const uint32_t **out_lines);
