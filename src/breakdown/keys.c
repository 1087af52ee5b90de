/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A candidate's key: its commit id, or its pool's name and its member for a patch file; a patch of the
 * catalog has the same one.
 */
#include "breakdown/keys-internal.h"

#include "upstream/upstream.h"

char *key_of_candidate(const struct ksig_pool *origin, uint32_t number)
{
	const struct ksig_candidate *candidate = &origin->candidates[number];

	if (candidate->member)
		return g_strdup_printf("%s\n%s", origin->name,
				       ksig_upstream_pool_string(origin, candidate->member));
	return ksig_upstream_candidate_hex(candidate); /* a git history's: it has one */
}

char *key_of_content(const struct ksig_pool *origin, uint32_t number)
{
	const uint64_t content = ksig_upstream_candidate_content(origin, &origin->candidates[number]);

	return content ? g_strdup_printf("%016" G_GINT64_MODIFIER "x", content) : NULL;
}

char *key_of_patch(const struct ksig_patch *patch)
{
	if (patch->member)
		return g_strdup_printf("%s\n%s", patch->source ? patch->source : "", patch->member);
	return g_strdup(patch->candidate ? patch->candidate : patch->upstream ? patch->upstream : "");
}
