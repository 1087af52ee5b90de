/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ksig show and ksig why say of a commit that no revision has as a patch: a candidate that was looked
 * for and not believed is another matter than a commit that nobody looked for.
 */
#include "cli/cmd-missing.h"
#include "cli/cmd-show.h"

#include <string.h>

bool ksig_show_may_be_id(const char *word)
{
	enum { ID_DIGITS_LEAST = 7 };
	const size_t length = strlen(word);

	return length >= ID_DIGITS_LEAST && length <= GIT_OID_HEXSZ &&
	       strspn(word, "0123456789abcdefABCDEF") == length;
}

static bool begins(const char *hex, const char *name)
{
	return hex && g_ascii_strncasecmp(hex, name, strlen(name)) == 0;
}

/* The candidate of POOL that NAME is, by its own id or by that of the upstream commit that it says it is. */
static const struct ksig_candidate *find_in(const struct ksig_pool *pool, const char *name)
{
	for (uint32_t c = 0; c < pool->n_candidates; c++) {
		g_autofree char *own = ksig_upstream_candidate_hex(&pool->candidates[c]);
		g_autofree char *upstream = ksig_upstream_candidate_upstream(pool, &pool->candidates[c]);
		if (begins(own, name) || begins(upstream, name))
			return &pool->candidates[c];
	}
	return NULL;
}

static void say(const GPtrArray *pools, const char *name, GError **error)
{
	for (guint i = 0; i < pools->len; i++) {
		const struct ksig_pool *pool = pools->pdata[i];
		const struct ksig_candidate *candidate = find_in(pool, name);
		if (!candidate)
			continue;
		g_autofree char *subject = ksig_shown(ksig_upstream_pool_string(pool, candidate->subject),
						      -1);
		ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"%s: no such patch: %s has it as a candidate (%s), and it is not believed to be "
			"in any revision; parts of it may be",
			name, pool->name, subject);
		return;
	}
	ksig_error_set(
		error, KSIG_ERROR_NEGATIVE,
		"%s: no such patch, nor a candidate of the workspace's upstreams: it was not looked for",
		name);
}

bool ksig_show_candidate(const struct ksig_context *context, ksig_catalog *catalog, const char *name,
			 GError **error)
{
	const struct ksig_filter filter = {.upstream = name};
	g_autoptr(GPtrArray)
		patches = ksig_show_may_be_id(name) ? ksig_catalog_patches(catalog, &filter, NULL) : NULL;
	g_autoptr(GPtrArray) pools = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_upstream_pool_free);

	if (!patches || patches->len > 0) /* no id, or that of several */
		return false;
	g_autoptr(GPtrArray) known = ksig_catalog_upstreams(catalog, NULL);
	g_autoptr(ksig_store) store = ksig_tree_store_open(context->workspace, NULL);
	if (!known || !store || !ksig_missing_open_pools(known, NULL, store, pools, NULL))
		return false;
	say(pools, name, error);
	return true;
}
