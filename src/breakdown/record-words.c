/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is not sure, and what a vendor patch is about, in words. */
#include "breakdown/record-words-internal.h"

#include "breakdown/record-evidence-internal.h"

/* Less than one line that stands a few times in the pool, in its place, or several that stand everywhere. */
static const float THIN = 0.35F;

static const struct ksig_entry_match *match_at(const struct ksig_work *work, const GArray *numbers, guint i)
{
	return &g_array_index(work->entries->matches, struct ksig_entry_match,
			      g_array_index(numbers, uint32_t, i));
}

char *record_purpose(const struct ksig_work *work, const struct ksig_part *part)
{
	GString *purpose = g_string_new(NULL);

	for (guint i = 0; part->entries && i < part->entries->len; i++) {
		const struct ksig_entry_match *match = match_at(work, part->entries, i);
		g_string_append_printf(purpose, "%s: %s\n", match->release->label, match->entry->text);
	}
	return g_string_free(purpose, purpose->len == 0);
}

/* A little evidence of its own was enough for what stands around it: that is said, and how little. */
static bool say_thin(struct ksig_work *work, int64_t id, const struct ksig_part *part, GError **error)
{
	const struct ksig_match_evidence *evidence = part->set ? &part->set->candidates[part->candidate]
							       : NULL;
	const float hits = evidence ? ksig_match_evidence_hits(evidence) : 0;

	if (!evidence || evidence->blobs_reached > 0 || part->replayed > 0 || hits * evidence->place >= THIN)
		return true;
	return record_say(
		work, id, "thin", 0,
		g_strdup(hits > 0 ? "little of it stands in the difference, and that little stands in other "
				    "places as well: its neighbours decided"
				  : "nothing of it stands in the difference: its neighbours decided"),
		error);
}

static char *name_alternative(const struct ksig_work *work, const struct ksig_alternative *alternative)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(work->pool, alternative->candidate,
								   &number);
	const struct ksig_candidate *candidate = &origin->candidates[number];
	g_autofree char *hex = ksig_upstream_candidate_hex(candidate);
	g_autofree char *subject = ksig_utf8(ksig_upstream_pool_string(origin, candidate->subject), -1);
	g_autofree char *member = candidate->member
					  ? ksig_utf8(ksig_upstream_pool_string(origin, candidate->member),
						      -1)
					  : NULL;

	return g_strdup_printf("%s in %s, \"%s\"", member ? member : hex ? hex : "?", origin->name, subject);
}

bool record_say_alternatives(struct ksig_work *work, int64_t id, const struct ksig_part *part, GError **error)
{
	for (guint i = 0; part->alternatives && i < part->alternatives->len; i++) {
		const struct ksig_alternative *alternative = &g_array_index(part->alternatives,
									    struct ksig_alternative, i);
		g_autofree char *name = name_alternative(work, alternative);
		if (!record_say(work, id, "alternative", 0,
				g_strdup_printf("%u of its %u telling lines are also those of %s (%.2f)",
						alternative->lines, alternative->of_lines, name,
						(double) work->rounds->probability[alternative->candidate]),
				error))
			return false;
	}
	return say_thin(work, id, part, error);
}

static bool say_possible_entries(struct ksig_work *work, int64_t id, const struct ksig_part *part,
				 GError **error)
{
	for (guint i = 0; part->possible_entries && i < part->possible_entries->len; i++) {
		const struct ksig_entry_match *match = match_at(work, part->possible_entries, i);
		if (!record_say(work, id, "alternative", 0,
				g_strdup_printf("%s may be about it: %s", match->release->label,
						match->entry->text),
				error))
			return false;
	}
	return true;
}

bool record_say_unexplained(struct ksig_work *work, int64_t id, const struct ksig_part *part, GError **error)
{
	return record_say(work, id, "residue", 0, g_strdup("no candidate explains these lines"), error) &&
	       (!part->entries || record_say(work, id, "named", 0,
					     g_strdup("the changelog's entry names its functions, files or "
						      "identifiers; no candidate "
						      "has the entry's subject"),
					     error)) &&
	       say_possible_entries(work, id, part, error) && record_say_alternatives(work, id, part, error);
}
