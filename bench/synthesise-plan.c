/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan: commits, the files they change, and what the vendor carries of them. */
#include "synthesise.h"

enum {
	FILES_LIMIT = 60, /* of a commit */
	RECENT = 128,     /* new files that are likely to be changed */
};

static uint32_t popular_folder(const struct history *history, uint64_t *state)
{
	const double wanted = unit(state) * history->folder_share[history->n_folders - 1];
	uint32_t low = 0;
	uint32_t high = history->n_folders - 1;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		if (history->folder_share[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Which folders are popular has nothing to do with where they stand. */
static void share_folders(struct history *history)
{
	double sum = 0;

	history->folder_share = g_new(double, history->n_folders);
	for (uint32_t i = 0; i < history->n_folders; i++) {
		sum += 1.0 / (double) (20 + mix(history->seed + i) % history->n_folders);
		history->folder_share[i] = sum;
	}
}

static void plan_event(struct history *history, uint32_t commit, struct event event)
{
	event.commit = commit;
	for (uint32_t i = history->commits[commit].first_event; i < history->events->len; i++)
		if (g_array_index(history->events, struct event, i).file == event.file)
			return;
	g_array_append_val(history->events, event);
	history->commits[commit].n_events++;
}

static void plan_commit(struct history *history, uint32_t number, uint64_t *state)
{
	struct commit *commit = &history->commits[number];
	const uint32_t folder = popular_folder(history, state);
	const uint32_t n_new = history->n_files - history->n_base_files;

	*commit = (struct commit){.first_event = history->events->len, .folder = folder};
	commit->stable = chance(state, 0.06);
	if (chance(state, 0.03))
		plan_event(history, number, (struct event){.file = history->n_files++, .creates = 1});
	if (n_new > 0 && chance(state, 0.1))
		plan_event(
			history, number,
			(struct event){.file = history->n_files - 1 - below(state, at_most(n_new, RECENT))});
	const uint32_t wanted = 1 + at_most(few(state, 1.2), FILES_LIMIT);
	for (uint32_t i = 0; i < wanted; i++) {
		const uint32_t near = chance(state, 0.85) ? folder : below(state, history->n_folders);
		const uint32_t rank = below(state, FOLDER_FILES) * below(state, FOLDER_FILES) / FOLDER_FILES;
		const uint32_t file = near * FOLDER_FILES + rank;
		if (file < history->n_base_files)
			plan_event(
				history, number,
				(struct event){.file = file, .renames = wanted == 1 && chance(state, 0.003)});
	}
}

static enum carry way_of_carrying(uint64_t *state)
{
	const double at = unit(state);

	return at < 0.120   ? ADAPTED
	       : at < 0.145 ? PARTIAL
	       : at < 0.149 ? REVERTED
	       : at < 0.164 ? SUPERSEDED
			    : EXACT;
}

/*
 * A vendor takes fixes from everywhere, and of some folders all that comes for a while. Two parts in five
 * come in bulk.
 */
static void plan_carried(struct history *history, uint32_t n_carried, uint64_t *state)
{
	uint32_t n = 0;

	while (n < n_carried * 2 / 5) {
		const uint32_t folder = popular_folder(history, state);
		const uint32_t end = below(state, history->n_commits);
		for (uint32_t i = 0; i < end && n < n_carried * 2 / 5; i++) {
			struct commit *commit = &history->commits[i];
			if (commit->folder != folder || commit->carry || commit->n_events == 0)
				continue;
			commit->carry = way_of_carrying(state);
			n++;
		}
	}
	for (uint64_t tries = 0; n < n_carried && tries < 100ULL * history->n_commits; tries++) {
		struct commit *commit = &history->commits[below(state, history->n_commits)];
		if (commit->carry || commit->n_events == 0 || commit->n_events > 8 ||
		    !chance(state, commit->stable ? 0.9 : 0.15))
			continue;
		commit->carry = way_of_carrying(state);
		n++;
	}
	for (uint32_t i = 0; i < history->n_commits; i++) {
		struct commit *commit = &history->commits[i];
		for (uint32_t e = 0; e < commit->n_events; e++)
			if (g_array_index(history->events, struct event, commit->first_event + e).renames)
				commit->carry = NOT;
	}
}

static void sort_by_file(struct history *history)
{
	history->first_of = g_new0(uint32_t, history->n_files + 2);
	history->by_file = g_new(uint32_t, history->events->len + 1);
	for (uint32_t i = 0; i < history->events->len; i++)
		history->first_of[g_array_index(history->events, struct event, i).file + 2]++;
	for (uint32_t f = 2; f < history->n_files + 2; f++)
		history->first_of[f] += history->first_of[f - 1];
	for (uint32_t i = 0; i < history->events->len; i++)
		history->by_file[history->first_of[g_array_index(history->events, struct event, i).file +
						   1]++] = i;
}

void plan(struct history *history, uint32_t n_carried)
{
	uint64_t state = history->seed;

	share_folders(history);
	history->commits = g_new0(struct commit, history->n_commits);
	history->events = g_array_new(FALSE, TRUE, sizeof(struct event));
	for (uint32_t i = 0; i < history->n_commits; i++)
		plan_commit(history, i, &state);
	plan_carried(history, n_carried, &state);
	sort_by_file(history);
	history->base_mark = g_new0(uint32_t, history->n_files + 1);
	history->own_mark = g_new0(uint32_t, history->n_files + 1);
}
