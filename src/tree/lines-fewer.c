/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long texts before they are compared: lines that the other one has nowhere differ whatever they stand
 * beside, so of a run of them the first and the last stand for all. What is compared then has few lines where
 * most differ, and a comparison costs a hundred bytes and more a line.
 */
#include "tree/lines-fewer-internal.h"

enum {
	BITS_A_LINE = 16
}; /* a line in twenty is taken for one that the other text has, which costs its place */

/* The lines that a text has, by a bit each. */
struct seen {
	uint64_t *words;
	uint64_t mask;
};

static uint64_t hash_of(const struct ksig_lines *lines, uint32_t number)
{
	static const uint64_t key[2] = {0};
	size_t length_bytes = lines->starts[number + 1] - lines->starts[number];
	const char *line = lines->data + lines->starts[number];

	/* The last line may have no end, and is another line then: here that only makes it stay. */
	if (length_bytes && line[length_bytes - 1] == '\n')
		length_bytes--;
	return ksig_hash_bytes(line, length_bytes, key);
}

static struct seen see(const struct lines_part *part)
{
	struct seen seen = {.mask = 63};

	while (seen.mask < (uint64_t) BITS_A_LINE * (part->to - part->from))
		seen.mask = seen.mask << 1 | 1;
	seen.words = g_new0(uint64_t, seen.mask / 64 + 1);
	for (uint32_t i = part->from; i < part->to; i++) {
		const uint64_t bit = hash_of(part->lines, i) & seen.mask;
		seen.words[bit / 64] |= UINT64_C(1) << bit % 64;
	}
	return seen;
}

static bool has(const struct seen *seen, const struct ksig_lines *lines, uint32_t number)
{
	const uint64_t bit = hash_of(lines, number) & seen->mask;

	return seen->words[bit / 64] >> bit % 64 & 1;
}

void lines_fewer_init(struct lines_fewer *fewer, const struct lines_part *part,
		      const struct lines_part *other)
{
	const struct ksig_lines *lines = part->lines;
	const struct seen seen = see(other);
	bool before = true, here = part->from < part->to && has(&seen, lines, part->from);

	fewer->text = g_string_new(NULL);
	fewer->numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	for (uint32_t i = part->from; i < part->to; i++) {
		const bool after = i + 1 == part->to || has(&seen, lines, i + 1);
		if (here || before || after) {
			g_string_append_len(fewer->text, lines->data + lines->starts[i],
					    lines->starts[i + 1] - lines->starts[i]);
			g_array_append_val(fewer->numbers, i);
		}
		before = here;
		here = after;
	}
	g_array_append_val(fewer->numbers, part->to);
	g_free(seen.words);
}

/* First and last of a run that was left out stand together, so both are in a run or neither. */
static void widen(const struct lines_fewer *fewer, uint32_t *start, uint32_t *count)
{
	const uint32_t from = g_array_index(fewer->numbers, uint32_t, *start);
	const uint32_t last = *count ? g_array_index(fewer->numbers, uint32_t, *start + *count - 1) : 0;

	*start = from;
	*count = *count ? last + 1 - from : 0;
}

void lines_fewer_widen(const struct lines_fewer *old_fewer, const struct lines_fewer *new_fewer, GArray *runs)
{
	for (guint i = 0; i < runs->len; i++) {
		struct ksig_run *run = &g_array_index(runs, struct ksig_run, i);
		widen(old_fewer, &run->old_start, &run->old_count);
		widen(new_fewer, &run->new_start, &run->new_count);
	}
}

void lines_fewer_clear(struct lines_fewer *fewer)
{
	g_string_free(fewer->text, TRUE);
	g_array_unref(fewer->numbers);
}
