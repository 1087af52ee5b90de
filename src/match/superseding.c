/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Upstream's own later or earlier word on a line. A line that a candidate adds and the vendor lacks says
 * nothing against the candidate if a later one, which the vendor carries, took the line away again.
 *
 * File by file: memory holds the order of the claims, and the events of one file.
 */
#include "match/superseding-internal.h"

#include <stdlib.h>
#include <string.h>

/* A claim, and who makes it. */
struct told {
	uint32_t claim;
	uint32_t candidate;
};

struct event {
	uint32_t hash;
	uint32_t added;
	struct told told;
};

static int compare_events(const void *a, const void *b)
{
	const struct event *left = a;
	const struct event *right = b;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return left->told.claim < right->told.claim ? -1 : left->told.claim > right->told.claim;
}

static struct ksig_claim *claim_at(const ksig_evidence_set *set, uint32_t claim)
{
	return &g_array_index(set->claims, struct ksig_claim, claim);
}

/* Where the claims that sort_by_file() sorts begin for each file, one number more than there are files. */
static uint32_t *count_by_file(const ksig_evidence_set *set, uint32_t *out_files)
{
	uint32_t files = 0;

	for (guint i = 0; i < set->claims->len; i++)
		files = MAX(files, claim_at(set, i)->identity + 1);
	uint32_t *starts = g_new0(uint32_t, files + 2);
	for (uint32_t c = 0; c < set->pool->n_candidates; c++)
		for (uint32_t i = 0; i < set->candidates[c].n_claims; i++)
			starts[claim_at(set, set->candidates[c].first_claim + i)->identity + 2]++;
	for (uint32_t f = 2; f < files + 2; f++)
		starts[f] += starts[f - 1];
	*out_files = files;
	return starts;
}

/* All claims by file, in the order of the candidates. Afterwards STARTS[f] is where file f begins. */
static struct told *sort_by_file(const ksig_evidence_set *set, uint32_t *starts)
{
	struct told *sorted = g_new(struct told, set->claims->len + 1);

	for (uint32_t c = 0; c < set->pool->n_candidates; c++) {
		const struct ksig_match_evidence *evidence = &set->candidates[c];
		for (uint32_t i = 0; i < evidence->n_claims; i++) {
			const uint32_t claim = evidence->first_claim + i;
			sorted[starts[claim_at(set, claim)->identity + 1]++] = (struct told){claim, c};
		}
	}
	return sorted;
}

/* The last two candidates, of those passed, that added (or removed) a line: two, for nobody is his own
 * partner. */
struct passed {
	uint32_t candidates[2];
};

static void pass(struct passed passed[2], const struct event *event)
{
	struct passed *side = &passed[event->added];

	if (side->candidates[0] == event->told.candidate)
		return;
	side->candidates[1] = side->candidates[0];
	side->candidates[0] = event->told.candidate;
}

static uint32_t partner_in(const struct passed *passed, uint32_t candidate)
{
	return passed->candidates[passed->candidates[0] == candidate];
}

static const struct passed nobody[2] = {{{UINT32_MAX, UINT32_MAX}}, {{UINT32_MAX, UINT32_MAX}}};

/* The events of one line of one file, oldest first: looked through forwards for who made it before, backwards
 * for who undid it later. */
static void link_line(ksig_evidence_set *set, const struct event *events, uint32_t n_events)
{
	struct passed passed[2];

	memcpy(passed, nobody, sizeof passed);
	for (uint32_t i = 0; i < n_events; i++) {
		struct ksig_claim *claim = claim_at(set, events[i].told.claim);
		if (claim->fate == KSIG_FATE_GONE)
			claim->partner = partner_in(&passed[1], events[i].told.candidate);
		pass(passed, &events[i]);
	}
	memcpy(passed, nobody, sizeof passed);
	for (uint32_t i = n_events; i-- > 0;) {
		struct ksig_claim *claim = claim_at(set, events[i].told.claim);
		if (claim->fate == KSIG_FATE_MISS || claim->fate == KSIG_FATE_STILL)
			claim->partner = partner_in(&passed[claim->fate == KSIG_FATE_STILL],
						    events[i].told.candidate);
		pass(passed, &events[i]);
	}
}

static void link_file(ksig_evidence_set *set, const struct told *told, uint32_t n_told, GArray *events)
{
	g_array_set_size(events, n_told);
	struct event *list = (struct event *) events->data;

	for (uint32_t i = 0; i < n_told; i++) {
		const struct ksig_claim *claim = claim_at(set, told[i].claim);
		list[i] = (struct event){claim->hash, claim->added, told[i]};
	}
	if (n_told > 1)
		qsort(list, n_told, sizeof *list, compare_events);
	for (uint32_t first = 0, end = 0; first < n_told; first = end) {
		while (end < n_told && list[end].hash == list[first].hash)
			end++;
		link_line(set, list + first, end - first);
	}
}

void superseding_link(ksig_evidence_set *set)
{
	uint32_t n_files = 0;
	g_autofree uint32_t *starts = count_by_file(set, &n_files);
	g_autofree struct told *sorted = sort_by_file(set, starts);
	g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(struct event));

	for (uint32_t f = 0; f < n_files; f++)
		link_file(set, sorted + starts[f], starts[f + 1] - starts[f], events);
}
