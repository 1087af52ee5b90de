/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of ksig missing: pools opened by name or argument, the tree of --against, the mailbox of --mbox. The
 * site's list of missing fixes comes from here, too.
 */
#include "cli/cmd-missing.h"

static bool open_pool(ksig_store *store, const char *argument, GPtrArray *pools, GError **error)
{
	ksig_pool *pool = ksig_upstream_pool_open(store, argument, 0, error);

	if (pool)
		g_ptr_array_add(pools, pool);
	return pool != NULL;
}

bool ksig_missing_open_pools(const GPtrArray *known, char *const *upstreams, ksig_store *store,
			     GPtrArray *pools, GError **error)
{
	for (char *const *argument = upstreams; argument && *argument; argument++)
		if (!open_pool(store, *argument, pools, error))
			return false;
	for (guint i = 0; !upstreams && i < known->len; i++) {
		const struct ksig_catalog_upstream *upstream = known->pdata[i];
		if (!open_pool(store, upstream->argument, pools, error))
			return false;
	}
	return pools->len > 0 || ksig_error_set(error, KSIG_ERROR_NEGATIVE,
						"the workspace has no upstream; name one with --upstream");
}

/* The one called --against: of POOLS, of the workspace, or an UPSTREAM; it is opened into OTHERS if need be.
 */
const struct ksig_pool *ksig_missing_find_against(const GPtrArray *known, const char *against,
						  ksig_store *store, const GPtrArray *pools,
						  GPtrArray *others, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *argument = strchr(against, ':') ? against : NULL;

	for (guint i = 0; i < pools->len; i++)
		if (g_str_equal(((const struct ksig_pool *) pools->pdata[i])->name, against))
			return pools->pdata[i];
	for (guint i = 0; i < known->len; i++) {
		const struct ksig_catalog_upstream *upstream = known->pdata[i];
		g_ptr_array_add(names, upstream->name);
		if (g_str_equal(upstream->name, against))
			argument = upstream->argument;
	}
	const char *nearest = ksig_nearest(against, (const char *const *) names->pdata, names->len);
	if (!argument)
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no such upstream%s%s%s", against,
			       nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
	if (!argument || !open_pool(store, argument, others, error))
		return NULL;
	return others->pdata[0];
}

bool ksig_missing_write_mbox(ksig_catalog *catalog, const ksig_store *store, const GPtrArray *found,
			     const char *lacks, const git_oid *tree, const char *mbox, GError **error)
{
	g_autofree char *part = NULL;
	struct ksig_export_missing_result result = {.refused = NULL};
	FILE *stream = ksig_command_stream(mbox, &part, error);

	if (!stream)
		return false;
	const bool written = ksig_export_missing(catalog, store, found, lacks, tree, stream, mbox, &result,
						 error);
	if (!ksig_command_stream_end(stream, mbox, part, written, error))
		return false;
	ksig_print(stderr, "%s: %u mails for %s, %u of them as the vendor carries the fix\n", mbox,
		   result.mails, lacks, result.adapted);
	for (guint i = 0; i < result.refused->len; i++)
		ksig_print(stderr, "ksig: does not apply to %s: %s\n", lacks,
			   (const char *) result.refused->pdata[i]);
	g_ptr_array_unref(result.refused);
	return true;
}

GPtrArray *ksig_missing_of_workspace(ksig_catalog *catalog, ksig_store *store, GPtrArray *pools,
				     GError **error)
{
	const struct ksig_missing_options options = {.min_confidence = KSIG_MISSING_CONFIDENCE};
	g_autoptr(GPtrArray) known = ksig_catalog_upstreams(catalog, error);
	g_autoptr(ksig_revision)
		last = known && known->len > 0 ? ksig_catalog_find_revision(catalog, NULL, error) : NULL;
	unsigned unread = 0;

	if (!last || !ksig_missing_open_pools(known, NULL, store, pools, error))
		return NULL;
	return ksig_history_missing_find(catalog, store, last, pools, &options, &unread, error);
}
