/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moved code: the file of the vendor's in which the lines of a hunk stand, where upstream has them in
 * another. */
#include "match/moved-internal.h"

enum { VOTED_FILES = 16 };

/* A changed line of the target, for finding code in a file where upstream does not have it. */
struct changed_line {
	uint32_t hash;
	uint32_t file;
	uint32_t added;
};

static int compare_changed_lines(const void *a, const void *b)
{
	const struct changed_line *left = a;
	const struct changed_line *right = b;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	if (left->file != right->file)
		return left->file < right->file ? -1 : 1;
	return (int) left->added - (int) right->added;
}

static void add_changed_lines(GArray *lines, const struct ksig_target_side *side, uint32_t file,
			      uint32_t added)
{
	for (uint32_t i = 0; i < side->lines.count; i++) {
		const struct changed_line line = {side->hashes[i], file, added};
		if (ksig_match_side_is_changed(side, i) && line.hash)
			g_array_append_val(lines, line);
	}
}

GArray *moved_index(const ksig_target *target)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct changed_line));

	for (uint32_t f = 0; f < target->n_files; f++) {
		add_changed_lines(lines, &target->files[f].old_side, f, 0);
		add_changed_lines(lines, &target->files[f].new_side, f, 1);
	}
	g_array_sort(lines, compare_changed_lines);
	return lines;
}

struct votes {
	uint32_t files[VOTED_FILES];
	uint32_t counts[VOTED_FILES];
	uint32_t n;
};

static void vote(struct votes *votes, uint32_t file)
{
	uint32_t i = 0;

	while (i < votes->n && votes->files[i] != file)
		i++;
	if (i == VOTED_FILES)
		return;
	if (i == votes->n) {
		votes->files[votes->n] = file;
		votes->counts[votes->n++] = 0;
	}
	votes->counts[i]++;
}

/* The files whose changed lines on the same side have HASH vote; what stands everywhere has no vote. */
static void vote_for_line(const ksig_evidence_set *set, uint32_t hash, uint32_t added, struct votes *votes)
{
	const struct changed_line *lines = (const struct changed_line *) set->changed_lines->data;
	guint low = 0;
	guint high = set->changed_lines->len;

	while (low < high) {
		const guint middle = low + (high - low) / 2;
		if (lines[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	guint end = low;
	while (end < set->changed_lines->len && lines[end].hash == hash)
		end++;
	if (end - low > set->parameters->common_lines)
		return;
	for (; low < end; low++)
		if (lines[low].added == added && (low + 1 == end || lines[low + 1].file != lines[low].file ||
						  lines[low + 1].added != added))
			vote(votes, lines[low].file);
}

uint32_t moved_find(const ksig_evidence_set *set, const struct ksig_hunk *hunk)
{
	struct votes votes = {.n = 0};
	uint32_t told = 0;
	uint32_t best = 0;

	for (uint32_t i = 0; i < MIN(hunk->n_lines, EVIDENCE_HUNK_LINES_LIMIT); i++) {
		const uint32_t line = set->pool->lines[hunk->first_line + i];
		if (ksig_upstream_line_op(line) == KSIG_LINE_CONTEXT || ksig_upstream_line_hash(line) == 0)
			continue;
		told++;
		vote_for_line(set, ksig_upstream_line_hash(line),
			      ksig_upstream_line_op(line) == KSIG_LINE_ADDED, &votes);
	}
	for (uint32_t i = 1; i < votes.n; i++)
		if (votes.counts[i] > votes.counts[best])
			best = i;
	return votes.n > 0 && votes.counts[best] >= 2 && votes.counts[best] * 2 >= told
		       ? votes.files[best]
		       : (uint32_t) KSIG_TARGET_NO_FILE;
}

bool moved_is_at_home(const ksig_evidence_set *set, const struct ksig_hunk *hunk,
		      const struct ksig_path_target *path)
{
	struct ksig_target_file *file = &set->target->files[path->file];

	for (uint32_t i = 0; i < MIN(hunk->n_lines, EVIDENCE_HUNK_LINES_LIMIT); i++) {
		const uint32_t line = set->pool->lines[hunk->first_line + i];
		const bool added = ksig_upstream_line_op(line) == KSIG_LINE_ADDED;
		struct ksig_target_side *side = ksig_match_file_side(file, added);
		const uint32_t *lines = NULL;
		if (ksig_upstream_line_op(line) == KSIG_LINE_CONTEXT || ksig_upstream_line_hash(line) == 0)
			continue;
		const uint32_t count = ksig_match_side_find(side, ksig_upstream_line_hash(line), &lines);
		for (uint32_t n = 0; n < MIN(count, set->parameters->places); n++)
			if (ksig_match_side_is_changed(side, lines[n]))
				return true;
	}
	return false;
}
