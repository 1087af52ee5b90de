/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Applies hunks of fingerprints at the nearest place where their old lines stand, and notes of each line who
 * added or removed it.
 */
#include "match/replay.h"

#include <string.h>

void ksig_match_replay_init(struct ksig_replay *replay)
{
	replay->lines = g_array_new(FALSE, FALSE, sizeof(struct ksig_replay_line));
	replay->removed = NULL;
}

void ksig_match_replay_clear(struct ksig_replay *replay)
{
	g_array_unref(replay->lines);
	g_free(replay->removed);
}

static void start_from(struct ksig_replay *replay, const struct ksig_target_side *side)
{
	const uint32_t n = side->lines.count;

	g_array_set_size(replay->lines, 0);
	for (uint32_t i = 0; i < n; i++) {
		const struct ksig_replay_line line = {side->hashes[i], UINT32_MAX, i};
		g_array_append_val(replay->lines, line);
	}
	replay->removed = g_renew(uint32_t, replay->removed, n + 1);
	memset(replay->removed, 0xff, (n + 1) * sizeof *replay->removed);
}

static bool ends_as(const struct ksig_replay *replay, const struct ksig_target_side *side)
{
	if (replay->lines->len != side->lines.count)
		return false;
	for (uint32_t i = 0; i < side->lines.count; i++)
		if (g_array_index(replay->lines, struct ksig_replay_line, i).hash != side->hashes[i])
			return false;
	return true;
}

/* ---- one hunk ------------------------------------------------------------------------------------ */

static uint32_t count_old(const uint32_t *lines, uint32_t n_lines)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n_lines; i++)
		count += ksig_upstream_line_op(lines[i]) != KSIG_LINE_ADDED;
	return count;
}

static bool fits(const struct ksig_replay *replay, int64_t at, const uint32_t *lines, uint32_t n_lines)
{
	for (uint32_t i = 0; i < n_lines; i++) {
		if (ksig_upstream_line_op(lines[i]) == KSIG_LINE_ADDED)
			continue;
		if (g_array_index(replay->lines, struct ksig_replay_line, at++).hash !=
		    ksig_upstream_line_hash(lines[i]))
			return false;
	}
	return true;
}

/* Where the hunk's old lines stand: the place nearest to EXPECTED. -1: nowhere. */
static int64_t find_place(const struct ksig_replay *replay, int64_t expected, const uint32_t *lines,
			  uint32_t n_lines)
{
	const int64_t last = (int64_t) replay->lines->len - count_old(lines, n_lines);

	if (last < 0)
		return -1;
	expected = CLAMP(expected, 0, last); /* a patch may say any line */
	for (int64_t step = 0; step <= MAX(expected, last - expected); step++) {
		if (expected - step >= 0 && expected - step <= last &&
		    fits(replay, expected - step, lines, n_lines))
			return expected - step;
		if (expected + step >= 0 && expected + step <= last &&
		    fits(replay, expected + step, lines, n_lines))
			return expected + step;
	}
	return -1;
}

static void change(struct ksig_replay *replay, guint at, const uint32_t *lines, uint32_t n_lines,
		   uint32_t candidate)
{
	for (uint32_t i = 0; i < n_lines; i++) {
		const struct ksig_replay_line line = {ksig_upstream_line_hash(lines[i]), candidate,
						      UINT32_MAX};
		switch (ksig_upstream_line_op(lines[i])) {
		case KSIG_LINE_REMOVED: {
			const uint32_t old =
				g_array_index(replay->lines, struct ksig_replay_line, at).old_line;
			if (old != UINT32_MAX)
				replay->removed[old] = candidate;
			g_array_remove_index(replay->lines, at);
			break;
		}
		case KSIG_LINE_ADDED:
			g_array_insert_val(replay->lines, at, line);
			at++;
			break;
		default:
			at++;
		}
	}
}

static bool apply(struct ksig_replay *replay, const struct ksig_replay_patch *patch)
{
	const struct ksig_candidate_file *file = &patch->series->files[patch->file];
	int64_t drift = 0;

	for (uint32_t h = file->first_hunk; h < file->first_hunk + file->n_hunks; h++) {
		const struct ksig_hunk *hunk = &patch->series->hunks[h];
		const uint32_t *lines = patch->series->lines + hunk->first_line;
		const int64_t place = find_place(replay, MAX((int64_t) hunk->new_start - 1, 0) + drift, lines,
						 hunk->n_lines);
		if (place < 0)
			return false;
		drift = place - MAX((int64_t) hunk->new_start - 1, 0);
		change(replay, (guint) place, lines, hunk->n_lines, patch->candidate);
	}
	return true;
}

bool ksig_match_replay_run(struct ksig_replay *replay, const struct ksig_target_file *file,
			   const struct ksig_replay_patch *patches, uint32_t n_patches)
{
	start_from(replay, &file->old_side);
	for (uint32_t i = 0; i < n_patches; i++)
		if (patches[i].in && !apply(replay, &patches[i]))
			return false;
	return ends_as(replay, &file->new_side);
}
