/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Upstream's own later or earlier word on a line. A line that a candidate adds and the vendor lacks says
 * nothing against the candidate if a later one, which the vendor carries, took the line away again.
 */
#include "breakdown/evidence-internal.h"

#include <stdlib.h>

struct event {
	uint64_t key; /* identity and hash: one line of one file */
	uint32_t candidate;
	uint32_t claim;
};

static int compare_events(const void *a, const void *b)
{
	const struct event *left = a;
	const struct event *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	if (left->candidate != right->candidate)
		return left->candidate < right->candidate ? -1 : 1;
	return left->claim < right->claim ? -1 : left->claim > right->claim;
}

static struct event *list_events(const evidence_set *set)
{
	struct event *events = g_new(struct event, set->claims->len + 1);

	for (uint32_t c = 0; c < set->pool->n_candidates; c++) {
		const struct evidence *evidence = &set->candidates[c];
		for (uint32_t i = 0; i < evidence->n_claims; i++) {
			const uint32_t index = evidence->first_claim + i;
			const struct claim *claim = &g_array_index(set->claims, struct claim, index);
			events[index] = (struct event){(uint64_t) claim->identity << 32 | claim->hash, c,
						       index};
		}
	}
	qsort(events, set->claims->len, sizeof *events, compare_events);
	return events;
}

static struct claim *claim_of(const evidence_set *set, const struct event *event)
{
	return &g_array_index(set->claims, struct claim, event->claim);
}

/* The nearest event of the same line in direction STEP, by another candidate, that adds (or removes) it. */
static uint32_t nearest(const evidence_set *set, const struct event *events, int64_t at, int step, bool added)
{
	for (int64_t i = at + step;
	     i >= 0 && i < (int64_t) set->claims->len && events[i].key == events[at].key; i += step)
		if (events[i].candidate != events[at].candidate && claim_of(set, &events[i])->added == added)
			return events[i].candidate;
	return UINT32_MAX;
}

void partners_link(evidence_set *set)
{
	g_autofree struct event *events = list_events(set);

	for (int64_t i = 0; i < (int64_t) set->claims->len; i++) {
		struct claim *claim = claim_of(set, &events[i]);
		if (claim->fate == LINE_MISS)
			claim->partner = nearest(set, events, i, 1, false);
		else if (claim->fate == LINE_STILL)
			claim->partner = nearest(set, events, i, 1, true);
		else if (claim->fate == LINE_GONE)
			claim->partner = nearest(set, events, i, -1, true);
	}
}
