/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions of one patch, as several series have it: one of them is a candidate. */
#include "match/deduplicate-internal.h"

/* Lines that stand elsewhere than the patch has them speak less for this version. */
static float fit_of(const struct ksig_match_evidence *evidence)
{
	return ksig_match_evidence_hits(evidence) * evidence->place - evidence->mass[1][KSIG_FATE_MISS] -
	       evidence->mass[0][KSIG_FATE_STILL];
}

/* For each candidate, its fit; more if its series fits on the whole: it may well be the one that was taken.
 */
static float *fits_of(const ksig_evidence_set *set)
{
	float *fits = g_new0(float, set->pool->n_candidates + 1);

	for (uint32_t c = 0; c < set->pool->n_candidates;) {
		uint32_t number = 0;
		const uint32_t end = c + ksig_upstream_pool_origin(set->pool, c, &number)->n_candidates;
		uint32_t fitting = 0;
		for (uint32_t i = c; i < end; i++)
			fitting += (fits[i] = fit_of(&set->candidates[i])) > 0;
		for (uint32_t i = c; i < end; i++)
			if (fits[i] > 0)
				fits[i] *= 1 + (float) fitting / (float) (end - c);
		c = end;
	}
	return fits;
}

void deduplicate_versions(ksig_evidence_set *set, const uint8_t *carried)
{
	const uint32_t n = set->pool->n_candidates;
	g_autofree uint32_t *best = g_new0(uint32_t, n + 2); /* by group: the best candidate + 1 */
	g_autofree float *fits = fits_of(set);

	for (uint32_t c = 0; c < n; c++) {
		const uint32_t group = ksig_upstream_pool_version_group(set->pool, c);
		if (group && (best[group] == 0 || (carried && carried[c]) ||
			      (!(carried && carried[best[group] - 1]) && fits[c] > fits[best[group] - 1])))
			best[group] = c + 1;
	}
	for (uint32_t c = 0; c < n; c++) {
		const uint32_t group = ksig_upstream_pool_version_group(set->pool, c);
		if (group && best[group] != c + 1)
			ksig_match_evidence_silence(&set->candidates[c]);
	}
}
