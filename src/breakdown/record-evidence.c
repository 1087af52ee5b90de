/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a candidate is believed, in words. */
#include "breakdown/record-evidence-internal.h"

#include "breakdown/keys-internal.h"

#include <string.h>

bool record_say(struct ksig_work *work, int64_t patch_id, const char *kind, double weight, char *text,
		GError **error)
{
	g_autofree char *owned = text;
	const struct ksig_evidence evidence = {
		.patch_id = patch_id, .kind = (char *) kind, .text = owned, .weight = weight};

	return ksig_catalog_add_evidence(work->catalog, &evidence, error);
}

static void count_fates(const struct ksig_work *work, uint32_t candidate, uint32_t counts[2][KSIG_FATES])
{
	const struct ksig_match_evidence *evidence = &work->rounds->set->candidates[candidate];

	memset(counts, 0, 2 * sizeof *counts);
	for (uint32_t i = 0; i < evidence->n_claims; i++) {
		const struct ksig_claim *claim = &g_array_index(work->rounds->set->claims, struct ksig_claim,
								evidence->first_claim + i);
		counts[claim->added][claim->fate]++;
	}
}

static uint32_t sum_fates(const uint32_t counts[KSIG_FATES])
{
	uint32_t sum = 0;

	for (size_t i = 0; i < KSIG_FATES; i++)
		sum += counts[i];
	return sum;
}

static bool say_lines(struct ksig_work *work, int64_t id, uint32_t candidate, GError **error)
{
	uint32_t counts[2][KSIG_FATES];

	count_fates(work, candidate, counts);
	return record_say(work, id, "lines", 0,
			  g_strdup_printf(
				  "%u of %u added and %u of %u removed lines that tell something stand in "
				  "the difference",
				  counts[1][KSIG_FATE_HIT], sum_fates(counts[1]), counts[0][KSIG_FATE_HIT],
				  sum_fates(counts[0])),
			  error) &&
	       (counts[1][KSIG_FATE_MISS] == 0 ||
		record_say(
			work, id, "missing", 0,
			g_strdup_printf("%u added lines are nowhere in the file", counts[1][KSIG_FATE_MISS]),
			error)) &&
	       (counts[0][KSIG_FATE_STILL] == 0 ||
		record_say(work, id, "still", 0,
			   g_strdup_printf("%u lines that it removes are still there",
					   counts[0][KSIG_FATE_STILL]),
			   error));
}

static bool say_surroundings(struct ksig_work *work, int64_t id, uint32_t candidate, GError **error)
{
	const struct ksig_match_evidence *evidence = &work->rounds->set->candidates[candidate];
	const struct ksig_outlook *outlook = &work->rounds->outlooks[candidate];

	if (!record_say(work, id, "place", 0,
			g_strdup_printf("%.0f %% of the neighbouring lines agree",
					100 * (double) evidence->place),
			error))
		return false;
	if (evidence->blobs_reached > 0 &&
	    !record_say(work, id, "file", 0,
			g_strdup_printf("%u files equal upstream's once it is in", evidence->blobs_reached),
			error))
		return false;
	if (outlook->replayed &&
	    !record_say(
		    work, id, "replay", 0,
		    g_strdup("the patches of its series give the vendor's files with it, and not without it"),
		    error))
		return false;
	if (evidence->reached > evidence->blobs_reached &&
	    !record_say(work, id, "history", 0,
			g_strdup_printf("upstream's history leads through it to what %u files are now",
					evidence->reached),
			error))
		return false;
	if (outlook->fixes > 0.5F &&
	    !record_say(work, id, "fixes", 0, g_strdup("what it fixes is carried"), error))
		return false;
	if (outlook->superseded + outlook->still_superseded > 0.5F &&
	    !record_say(work, id, "superseded", 0,
			g_strdup("lines of it were rewritten by later patches that are carried"), error))
		return false;
	return record_say(work, id, "prior", (double) outlook->prior,
			  g_strdup("how often candidates with the same trailers are carried"), error);
}

static bool say_twin(struct ksig_work *work, int64_t id, uint32_t twin, const char *what, GError **error)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(work->pool, twin, &number);
	g_autofree char *key = key_of_candidate(origin, number);
	const struct ksig_reference reference = {.patch_id = id, .kind = (char *) "twin", .value = key};

	if (origin->git_dir && !ksig_catalog_add_reference(work->catalog, &reference, error))
		return false;
	g_strdelimit(key, "\n", ' ');
	return record_say(work, id, "twin", 0, g_strdup_printf("%s: %s in %s", what, key, origin->name),
			  error);
}

/* The same commit in another history: one patch, of two sources. */
static bool say_versions(struct ksig_work *work, int64_t id, uint32_t candidate, GError **error)
{
	const uint32_t group = ksig_upstream_pool_version_group(work->pool, candidate);
	uint32_t number = 0;

	for (uint32_t c = group ? group - 1 : UINT32_MAX; c != UINT32_MAX;
	     c = ksig_upstream_pool_next_version(work->pool, c)) {
		if (c == candidate || ksig_upstream_pool_twin(work->pool, c) == candidate ||
		    !ksig_upstream_pool_origin(work->pool, c, &number)->git_dir)
			continue;
		if (!say_twin(work, id, c, "the same upstream commit", error))
			return false;
	}
	return true;
}

static bool say_twins(struct ksig_work *work, int64_t id, uint32_t candidate, GError **error)
{
	for (uint32_t c = ksig_upstream_pool_next_twin(work->pool, candidate); c != UINT32_MAX;
	     c = ksig_upstream_pool_next_twin(work->pool, c))
		if (!say_twin(work, id, c, "the same change", error))
			return false;
	return true;
}

static bool keep_features(struct ksig_work *work, int64_t id, uint32_t candidate, GError **error)
{
	struct ksig_explanation explanation;

	ksig_match_rounds_explain(work->rounds, candidate, &explanation);
	return ksig_catalog_add_features(work->catalog, id, &work->catalog_model, explanation.features,
					 work->model->features->len, (double) explanation.rules,
					 (double) explanation.changelog, error);
}

bool record_say_evidence(struct ksig_work *work, int64_t id, uint32_t candidate, GError **error)
{
	return say_lines(work, id, candidate, error) && say_surroundings(work, id, candidate, error) &&
	       say_twins(work, id, candidate, error) && say_versions(work, id, candidate, error) &&
	       keep_features(work, id, candidate, error);
}
