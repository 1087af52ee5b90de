/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file's life, upstream's and the vendor's: its versions, one after the other. */
#include "synthesise.h"

#include <stdio.h>

enum { HUNKS_LIMIT = 5, LINES_LIMIT = 15000, ANCHORS = 200 };

struct life {
	GArray *upstream; /* uint64_t lines */
	GArray *vendor;
	bool in_vendor;
	uint32_t last_at; /* where the last change was */
	GString *bytes;
};

static uint64_t line_at(const GArray *lines, uint32_t i)
{
	return g_array_index(lines, uint64_t, i);
}

static void cut(GArray *lines, uint32_t at, uint32_t count)
{
	if (count > 0)
		g_array_remove_range(lines, at, count);
}

static uint32_t find(const GArray *lines, uint64_t line)
{
	for (uint32_t i = 0; i < lines->len; i++)
		if (line_at(lines, i) == line)
			return i;
	return UINT32_MAX;
}

/* Behind the nearest line above AT that the vendor has as well. */
static uint32_t place_in_vendor(const struct life *life, uint32_t at)
{
	for (uint32_t n = 1; n <= at_most(at, ANCHORS); n++) {
		const uint32_t found = find(life->vendor, line_at(life->upstream, at - n));
		if (found != UINT32_MAX)
			return found + 1;
	}
	return 0;
}

/* The vendor's version of one hunk: lines [AT, AT + REMOVED) of upstream's file, and then ADDED. */
static bool carry_hunk(struct life *life, enum carry carry, uint32_t at, uint32_t removed,
		       const uint64_t *added, uint32_t n_added, uint64_t *state)
{
	const uint32_t kept = carry == ADAPTED && removed > 1 && chance(state, 0.3);
	const double own_share = carry == ADAPTED ? 0.3 : carry == SUPERSEDED ? 0.9 : 0;
	bool trace = false;

	if (carry == REVERTED || (carry == PARTIAL && chance(state, 0.5)))
		return false;
	for (uint32_t i = 0; i + kept < removed; i++) {
		const uint32_t found = find(life->vendor, line_at(life->upstream, at + i));
		if (found == UINT32_MAX)
			continue;
		cut(life->vendor, found, 1);
		trace = true;
	}
	uint32_t to = place_in_vendor(life, at);
	for (uint32_t i = 0; i < n_added; i++) {
		const bool own = chance(state, own_share);
		const uint64_t line = own ? mix(added[i] ^ 0xada) : added[i];
		g_array_insert_val(life->vendor, to, line);
		to++;
		trace |= !own;
	}
	return trace;
}

static void play_hunk(struct life *life, struct commit *commit, uint64_t *state)
{
	uint64_t added[256];
	const uint32_t n = life->upstream->len;
	const bool again = chance(state, 0.2) && life->last_at < n;
	const uint32_t at = again ? life->last_at : below(state, n + 1);
	const uint32_t removed = at_most(few(state, 2.2), n - at);
	const uint32_t n_added = at_most(few(state, 5) + (removed == 0), G_N_ELEMENTS(added));

	for (uint32_t i = 0; i < n_added; i++)
		added[i] = next(state);
	if (commit->carry != NOT && life->in_vendor)
		commit->trace |= carry_hunk(life, commit->carry, at, removed, added, n_added, state);
	cut(life->upstream, at, removed);
	g_array_insert_vals(life->upstream, at, added, n_added);
	life->last_at = at;
}

static uint32_t size_of_file(uint64_t *state)
{
	const double normal = sqrt(-2 * log(1 - unit(state))) * cos(6.283185307 * unit(state));

	return 8 + at_most((uint32_t) (170 * exp(1.3 * normal)), LINES_LIMIT);
}

static void fill(struct life *life, uint64_t *state)
{
	const uint32_t size = size_of_file(state);

	for (uint32_t i = 0; i < size; i++) {
		const uint64_t line = next(state);
		g_array_append_val(life->upstream, line);
	}
}

static uint32_t write_blob(struct history *history, struct life *life, const GArray *lines)
{
	g_string_truncate(life->bytes, 0);
	for (uint32_t i = 0; i < lines->len; i++)
		append_line(life->bytes, line_at(lines, i));
	printf("blob\nmark :%u\ndata %zu\n", ++history->n_marks, life->bytes->len);
	fwrite(life->bytes->str, 1, life->bytes->len, stdout);
	putchar('\n');
	return history->n_marks;
}

static void copy_to_vendor(struct life *life)
{
	g_array_set_size(life->vendor, 0);
	g_array_append_vals(life->vendor, life->upstream->data, life->upstream->len);
	life->in_vendor = true;
}

static void play_event(struct history *history, struct life *life, struct event *event, uint64_t *state)
{
	struct commit *commit = &history->commits[event->commit];

	if (event->creates) {
		fill(life, state);
		if (commit->carry != NOT && commit->carry != REVERTED) {
			copy_to_vendor(life);
			commit->trace = 1;
		}
	} else if (!event->renames) {
		const uint32_t hunks = 1 + at_most(few(state, 1.2), HUNKS_LIMIT);
		for (uint32_t i = 0; i < hunks; i++)
			play_hunk(life, commit, state);
	}
	event->mark = write_blob(history, life, life->upstream);
}

/* What no upstream commit explains: a few lines in one file of fifty. */
static void change_as_vendor(struct life *life, uint64_t *state)
{
	const uint32_t at = below(state, life->vendor->len + 1);

	cut(life->vendor, at, at_most(few(state, 2), life->vendor->len - at));
	for (uint32_t left = 1 + few(state, 4); left > 0; left--) {
		const uint64_t line = next(state);
		g_array_insert_val(life->vendor, at, line);
	}
}

static void play_file(struct history *history, struct life *life, uint32_t file)
{
	uint64_t state = mix(history->seed ^ (uint64_t) file << 32);
	uint8_t names = 0;

	g_array_set_size(life->upstream, 0);
	life->in_vendor = false;
	life->last_at = 0;
	if (file < history->n_base_files) {
		fill(life, &state);
		copy_to_vendor(life);
		history->base_mark[file] = history->own_mark[file] = write_blob(history, life,
										life->upstream);
	}
	for (uint32_t i = history->first_of[file]; i < history->first_of[file + 1]; i++) {
		struct event *event = &g_array_index(history->events, struct event, history->by_file[i]);
		event->names = names;
		names += event->renames && names < UINT8_MAX;
		play_event(history, life, event, &state);
	}
	if (life->in_vendor && chance(&state, 0.02))
		change_as_vendor(life, &state);
	if (life->in_vendor)
		history->own_mark[file] = write_blob(history, life, life->vendor);
}

void play_files(struct history *history)
{
	struct life life = {.upstream = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
			    .vendor = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
			    .bytes = g_string_new(NULL)};

	for (uint32_t f = 0; f < history->n_files; f++)
		play_file(history, &life, f);
}
