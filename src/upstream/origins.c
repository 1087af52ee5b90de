/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pool a candidate of a joined one comes from. */
#include "upstream/origins-internal.h"

struct origin {
	uint32_t first; /* candidate of the joined pool */
	const struct ksig_pool *pool;
};

GArray *origins_new(void)
{
	return g_array_new(FALSE, FALSE, sizeof(struct origin));
}

const struct ksig_pool *ksig_upstream_pool_origin(const struct ksig_pool *joined, uint32_t candidate,
						  uint32_t *out_candidate)
{
	guint i = joined->origins->len - 1;

	while (g_array_index(joined->origins, struct origin, i).first > candidate)
		i--;
	const struct origin *origin = &g_array_index(joined->origins, struct origin, i);
	*out_candidate = candidate - origin->first;
	return origin->pool;
}

void origins_add(struct ksig_pool *joined, const struct ksig_pool *pool, uint32_t first)
{
	const struct origin origin = {first, pool};

	g_array_append_val(joined->origins, origin);
}
