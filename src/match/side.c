/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fingerprints and functions of the lines of one side of a changed file, and which of its lines changed. */
#include "match/side.h"

#include <stdlib.h>
#include <string.h>

void ksig_match_side_clear(struct ksig_target_side *side)
{
	ksig_tree_lines_clear(&side->lines);
	g_free(side->hashes);
	g_free(side->changed);
	g_free(side->changed_before);
	g_free(side->order);
	g_free(side->functions);
}

static size_t words_of(uint32_t lines)
{
	return lines / 64 + 1;
}

static int compare_by_hash(const void *a, const void *b, void *data)
{
	const uint32_t *hashes = data;
	const uint32_t left = *(const uint32_t *) a;
	const uint32_t right = *(const uint32_t *) b;

	if (hashes[left] != hashes[right])
		return hashes[left] < hashes[right] ? -1 : 1;
	return left < right ? -1 : left > right;
}

void ksig_match_side_index(struct ksig_target_side *side)
{
	const uint32_t count = side->lines.count;

	side->hashes = g_new(uint32_t, count + 1);
	side->changed = g_new0(uint64_t, words_of(count));
	side->changed_before = g_new0(uint32_t, words_of(count));
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t start = side->lines.starts[i];
		side->hashes[i] = ksig_upstream_line_fingerprint(side->lines.data + start,
								 side->lines.starts[i + 1] - start);
	}
}

static void sort_lines(struct ksig_target_side *side)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < side->lines.count; i++)
		count += side->hashes[i] != 0;
	side->order = g_new(uint32_t, count + 1);
	for (uint32_t i = 0; i < side->lines.count; i++)
		if (side->hashes[i])
			side->order[side->n_order++] = i;
	qsort_r(side->order, side->n_order, sizeof *side->order, compare_by_hash, side->hashes);
}

void ksig_match_side_find_functions(struct ksig_target_side *side)
{
	g_autoptr(GArray) functions = g_array_new(FALSE, FALSE, sizeof(struct ksig_target_function));
	uint32_t function = 0;

	for (uint32_t i = 0; i < side->lines.count; i++) {
		const uint32_t start = side->lines.starts[i];
		const uint32_t before = function;
		ksig_upstream_function_see(&function, side->lines.data + start,
					   side->lines.starts[i + 1] - start);
		const struct ksig_target_function one = {i, function};
		if (function != before)
			g_array_append_val(functions, one);
	}
	side->n_functions = functions->len;
	side->functions = g_memdup2(functions->data, functions->len * sizeof(struct ksig_target_function));
}

/* The number of the function that LINE stands in, + 1; 0: it stands before all of them. */
static uint32_t function_at(const struct ksig_target_side *side, uint32_t line)
{
	uint32_t low = 0;
	uint32_t high = side->n_functions;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		if (side->functions[middle].line <= line)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool ksig_match_side_renames(const struct ksig_target_side *side, uint32_t name)
{
	for (uint32_t i = 0; name && i < side->n_functions; i++)
		if (side->functions[i].name == name &&
		    ksig_match_side_is_changed(side, side->functions[i].line))
			return true;
	return false;
}

bool ksig_match_side_is_new(const struct ksig_target_side *side, uint32_t line)
{
	const uint32_t at = function_at(side, line);

	return at > 0 && ksig_match_side_is_changed(side, side->functions[at - 1].line);
}

bool ksig_match_side_elsewhere(const struct ksig_target_side *side, uint32_t line, uint32_t name)
{
	const uint32_t at = name ? function_at(side, line) : 0;

	if (at == 0 || side->functions[at - 1].name == 0 || side->functions[at - 1].name == name)
		return false;
	for (uint32_t i = 0; i < side->n_functions; i++)
		if (side->functions[i].name == name)
			return true;
	return false;
}

uint32_t ksig_match_side_find(struct ksig_target_side *side, uint32_t hash, const uint32_t **out_lines)
{
	if (!side->order)
		sort_lines(side);
	uint32_t low = 0;
	uint32_t high = side->n_order;
	uint32_t count = 0;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		if (side->hashes[side->order[middle]] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	*out_lines = side->order + low;
	while (low + count < side->n_order && side->hashes[side->order[low + count]] == hash)
		count++;
	return count;
}

void ksig_match_side_mark(struct ksig_target_side *side, uint32_t start, uint32_t count)
{
	for (uint32_t line = start; line < start + count; line++)
		side->changed[line / 64] |= UINT64_C(1) << line % 64;
}

void ksig_match_side_count_marked(struct ksig_target_side *side)
{
	side->n_changed = 0;
	for (size_t word = 0; word < words_of(side->lines.count); word++) {
		side->changed_before[word] = side->n_changed;
		side->n_changed += (uint32_t) __builtin_popcountll(side->changed[word]);
	}
}

void ksig_match_side_unmark(struct ksig_target_side *side)
{
	memset(side->changed, 0, words_of(side->lines.count) * sizeof *side->changed);
	ksig_match_side_count_marked(side);
}
