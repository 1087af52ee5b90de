/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A patch owns lines. A candidate that is believed and owns none is in the kernel in another way, or it is
 * believed for its neighbours alone: the one is said, the other is not kept.
 */
#include "assign/contained-internal.h"
#include "assign/part-numbers-internal.h"
#include "match/series.h"

static const float MOST = 0.5F; /* of the lines that a candidate lacks: rewritten by carried ones */

struct search {
	const ksig_assignment *assignment;
	const ksig_rounds *rounds;
	const ksig_import_set *imports;
	float threshold;
	const bool *speaks;      /* one a candidate: its series is carried */
	const uint32_t *part_of; /* one a candidate: its part; KSIG_NO_OWNER: none */
	uint32_t *reverted_by;   /* one a candidate: a believed one that reverts it; UINT32_MAX: none */
};

static bool is_believed(const struct search *search, uint32_t c)
{
	return search->rounds->probability[c] >= search->threshold;
}

static void find_reverts(const struct search *search)
{
	const struct ksig_pool *pool = search->rounds->set->pool;

	for (uint32_t c = 0; c < pool->n_candidates; c++)
		search->reverted_by[c] = UINT32_MAX;
	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		const struct ksig_candidate *candidate = &pool->candidates[c];
		for (uint32_t r = 0; is_believed(search, c) && r < candidate->n_references; r++) {
			const uint32_t reference = candidate->first_reference + r;
			const uint32_t other = search->rounds->partner_of_reference[reference];
			if (pool->references[reference].reverts && other != UINT32_MAX && other != c)
				search->reverted_by[other] = c;
		}
	}
}

/* The believed candidate that C reverts; UINT32_MAX: none. */
static uint32_t reverted(const struct search *search, uint32_t c)
{
	const struct ksig_pool *pool = search->rounds->set->pool;
	const struct ksig_candidate *candidate = &pool->candidates[c];

	for (uint32_t r = 0; r < candidate->n_references; r++) {
		const uint32_t reference = candidate->first_reference + r;
		const uint32_t other = search->rounds->partner_of_reference[reference];
		if (pool->references[reference].reverts && other != UINT32_MAX && is_believed(search, other))
			return other;
	}
	return UINT32_MAX;
}

/* The part that has most of the lines that candidate C claims, or that rewrote them. */
static uint32_t successor(const struct search *search, uint32_t c)
{
	const ksig_evidence_set *set = search->rounds->set;
	uint32_t best = KSIG_NO_OWNER;
	uint32_t most = 0;
	g_autoptr(GHashTable) counts = g_hash_table_new(NULL, NULL);

	for (uint32_t i = 0; i < set->candidates[c].n_claims; i++) {
		const struct ksig_claim *claim = &g_array_index(set->claims, struct ksig_claim,
								set->candidates[c].first_claim + i);
		uint32_t part = claim->partner == UINT32_MAX ? KSIG_NO_OWNER
							     : search->part_of[claim->partner];
		if (claim->fate == KSIG_FATE_HIT)
			part = ksig_assign_owner(search->assignment, claim->added, claim->file, claim->line);
		if (part == KSIG_NO_OWNER)
			continue;
		const uint32_t count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, GUINT_TO_POINTER(part))) +
				       1;
		g_hash_table_insert(counts, GUINT_TO_POINTER(part), GUINT_TO_POINTER(count));
		if (count > most || (count == most && part < best)) {
			most = count;
			best = part;
		}
	}
	return best;
}

static bool is_superseded(const struct search *search, uint32_t c)
{
	const struct ksig_match_evidence *evidence = &search->rounds->set->candidates[c];
	const struct ksig_outlook *outlook = &search->rounds->outlooks[c];
	const float lost = evidence->mass[1][KSIG_FATE_MISS] + evidence->mass[0][KSIG_FATE_STILL];
	const float forgiven = outlook->superseded + outlook->still_superseded;

	return forgiven > 0 && forgiven >= MOST * lost;
}

/* Why it is in the kernel all the same; NULL: nothing says so. */
static const char *kind_of(const struct search *search, uint32_t c)
{
	uint32_t number = 0;

	if (search->reverted_by[c] != UINT32_MAX || reverted(search, c) != UINT32_MAX)
		return "undone";
	if (search->rounds->outlooks[c].replayed ||
	    (search->speaks[c] && !ksig_upstream_pool_origin(search->rounds->set->pool, c, &number)->git_dir))
		return "series";
	if (search->rounds->set->candidates[c].reached > 0)
		return "history";
	return is_superseded(search, c) ? "superseded" : NULL;
}

static uint32_t holder_of(const struct search *search, uint32_t c, const char *kind)
{
	if (!g_str_equal(kind, "undone"))
		return successor(search, c);
	const uint32_t other = search->reverted_by[c] != UINT32_MAX ? search->reverted_by[c]
								    : reverted(search, c);
	return search->part_of[other];
}

static bool owns_nothing(const ksig_assignment *assignment, const uint8_t *has_file, uint32_t p)
{
	const struct ksig_part *part = &g_array_index(assignment->parts, struct ksig_part, p);

	return part->undoes == 0 && part->lines == 0 && !has_file[p];
}

static void keep(ksig_assignment *assignment, const struct search *search, uint32_t c)
{
	const char *kind = search->imports->contains[c] ? NULL : kind_of(search, c);

	if (!kind)
		return;
	const struct ksig_contained_part one = {c, kind, holder_of(search, c, kind)};
	g_array_append_val(assignment->contained, one);
}

static void find_contained(ksig_assignment *assignment, const ksig_rounds *rounds,
			   const ksig_import_set *imports, float threshold, const uint8_t *stays)
{
	const uint32_t n = rounds->set->pool->n_candidates;
	g_autofree bool *speaks = ksig_match_series_speak(rounds, threshold);
	g_autofree uint32_t *part_of = part_numbers_by_candidate(assignment, rounds);
	g_autofree uint32_t *reverted_by = g_new(uint32_t, n + 1);
	const struct search search = {assignment, rounds, imports, threshold, speaks, part_of, reverted_by};

	find_reverts(&search);
	for (uint32_t p = 0; p < assignment->parts->len; p++)
		if (!stays[p])
			keep(assignment, &search,
			     g_array_index(assignment->parts, struct ksig_part, p).candidate);
}

void contained_take_out(ksig_assignment *assignment, const ksig_rounds *rounds,
			const ksig_import_set *imports, float threshold)
{
	const uint32_t n = assignment->parts->len;
	g_autofree uint8_t *has_file = g_new0(uint8_t, n + 1);
	g_autofree uint8_t *stays = g_new0(uint8_t, n + 1);
	g_autofree uint32_t *map = g_new0(uint32_t, n + 1);
	uint32_t count = 0;

	for (uint32_t f = 0; f < assignment->target->n_files; f++)
		if (assignment->file_owner[f] != KSIG_NO_OWNER)
			has_file[assignment->file_owner[f]] = 1;
	for (uint32_t p = 0; p < n; p++) {
		stays[p] = !owns_nothing(assignment, has_file, p);
		map[p] = stays[p] ? count++ : KSIG_NO_OWNER;
	}
	if (count == n)
		return;
	find_contained(assignment, rounds, imports, threshold, stays);
	part_numbers_change(assignment, stays, map);
}
