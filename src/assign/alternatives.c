/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who else could have been chosen. A candidate that was not, but fits by its own lines as well and claims
 * most of the lines that a part has, is an alternative: the surroundings decided between the two, and that is
 * said.
 */
#include "assign/alternatives-internal.h"

enum { ALTERNATIVES_LIMIT = 5 };

static const float FITS =
	0.5F; /* of its significant lines stand in the difference, where upstream has them */
static const float POSSIBLE =
	0.3F; /* a probability that is worth a word where nobody else explains the lines */

struct alternative_search {
	ksig_assignment *assignment;
	const ksig_rounds *rounds;
	uint32_t *significant; /* by part: its significant lines */
	uint32_t *lines;       /* by part: how many of them the candidate at hand claims */
	GArray *parts;         /* uint32_t: those with a number above */
};

static void count_significant(const struct alternative_search *search, int added)
{
	const ksig_target *target = search->assignment->target;

	for (uint32_t f = 0; f < target->n_files; f++) {
		const struct ksig_target_side *side = added ? &target->files[f].new_side
							    : &target->files[f].old_side;
		for (uint32_t i = 0; i < side->lines.count; i++) {
			const uint32_t owner = ksig_assign_owner(search->assignment, added, f, i);
			if (ksig_match_side_is_changed(side, i) && side->hashes[i] && owner != KSIG_NO_OWNER)
				search->significant[owner]++;
		}
	}
}

static float coverage(const struct ksig_match_evidence *evidence)
{
	const float hit = ksig_match_evidence_hits(evidence);

	return hit / (hit + evidence->mass[1][KSIG_FATE_MISS] + evidence->mass[0][KSIG_FATE_STILL] + 1e-6F);
}

static void keep_alternative(struct ksig_part *part, const struct ksig_alternative *alternative)
{
	guint at = 0;

	if (!part->alternatives)
		part->alternatives = g_array_new(FALSE, FALSE, sizeof(struct ksig_alternative));
	while (at < part->alternatives->len &&
	       g_array_index(part->alternatives, struct ksig_alternative, at).lines >= alternative->lines)
		at++;
	if (at >= ALTERNATIVES_LIMIT)
		return;
	g_array_insert_vals(part->alternatives, at, alternative, 1);
	if (part->alternatives->len > ALTERNATIVES_LIMIT)
		g_array_set_size(part->alternatives, ALTERNATIVES_LIMIT);
}

static void count_claims(struct alternative_search *search, uint32_t c)
{
	const ksig_evidence_set *set = search->rounds->set;

	for (uint32_t i = 0; i < set->candidates[c].n_claims; i++) {
		const struct ksig_claim *claim = &g_array_index(set->claims, struct ksig_claim,
								set->candidates[c].first_claim + i);
		if (claim->fate != KSIG_FATE_HIT)
			continue;
		const uint32_t owner = ksig_assign_owner(search->assignment, claim->added, claim->file,
							 claim->line);
		if (owner == KSIG_NO_OWNER)
			continue;
		if (search->lines[owner]++ == 0)
			g_array_append_val(search->parts, owner);
	}
}

static void look_at(struct alternative_search *search, uint32_t c)
{
	const struct ksig_match_evidence *evidence = &search->rounds->set->candidates[c];
	const float probability = search->rounds->probability[c];
	const bool fits = coverage(evidence) >= FITS &&
			  evidence->moved * 2 <= ksig_match_evidence_hits(evidence);

	if (ksig_match_evidence_hits(evidence) <= 0 || (!fits && probability < POSSIBLE))
		return;
	count_claims(search, c);
	for (guint i = 0; i < search->parts->len; i++) {
		const uint32_t p = g_array_index(search->parts, uint32_t, i);
		struct ksig_part *part = &g_array_index(search->assignment->parts, struct ksig_part, p);
		const struct ksig_alternative alternative = {c, MIN(search->lines[p], search->significant[p]),
							     search->significant[p]};
		const bool most = fits && alternative.lines * 2 >= alternative.of_lines;
		const bool itself = part->set == search->rounds->set && part->candidate == c;
		if (!itself && !part->undoes && (most || (!part->set && probability >= POSSIBLE)))
			keep_alternative(part, &alternative);
		search->lines[p] = 0;
	}
	g_array_set_size(search->parts, 0);
}

void alternatives_find(ksig_assignment *assignment, const ksig_rounds *rounds)
{
	const uint32_t n = rounds->set->pool->n_candidates;
	g_autofree uint32_t *significant = g_new0(uint32_t, assignment->parts->len + 1);
	g_autofree uint32_t *lines = g_new0(uint32_t, assignment->parts->len + 1);
	g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	struct alternative_search search = {assignment, rounds, significant, lines, parts};

	count_significant(&search, 0);
	count_significant(&search, 1);
	for (uint32_t c = 0; c < n; c++)
		if (!(rounds->carried && rounds->carried[c]))
			look_at(&search, c);
}
