/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig missing --against: what the vendor lacks of a longterm tree, and that tree of the vendor's fixes; the
 * one search turned round.
 */
#include "history/missing-internal.h"

/* "git:PLACE@TO" of "NAME=git:PLACE@FROM..TO": the newest tree of a git pool as a KERNEL. */
static char *newest_of(const struct ksig_pool *pool, GError **error)
{
	const char *begin = pool->argument ? strstr(pool->argument, "git:") : NULL;
	const char *at = begin ? strrchr(begin, '@') : NULL;
	const char *dots = at ? strstr(at, "..") : NULL;

	if (!pool->git_dir || !dots) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "%s: a git upstream expected, NAME=git:REPOSITORY@FROM..TO", pool->name);
		return NULL;
	}
	return g_strdup_printf("%.*s@%s", (int) (at - begin), begin, dots + 2);
}

/* What of the vendor's fixes AGAINST lacks. */
static bool find_lacked_there(struct missing_search *search, const GPtrArray *pools,
			      const struct ksig_pool *against, const char *tree, unsigned *out_unread,
			      GError **error)
{
	g_autoptr(GHashTable) subjects = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_autoptr(ksig_presence) presence = ksig_upstream_presence_new(search->store, tree, error);
	unsigned unread = 0;

	if (!presence)
		return false;
	g_autoptr(GArray) carried = ksig_carried_of_pool(search->store, against, subjects, &unread);
	struct missing_search there = {.store = search->store,
				       .lacks = against->name,
				       .carried = carried,
				       .subjects = subjects,
				       .having = search->carried,
				       .presence = presence,
				       .seen = seen,
				       .unnamed = UNNAMED_FLAGGED,
				       .options = search->options,
				       .found = search->found};
	*out_unread += unread;
	for (guint i = 0; i < pools->len; i++)
		if (pools->pdata[i] != against)
			missing_look_through(&there, pools->pdata[i]);
	return ksig_upstream_presence_check(presence, error);
}

GPtrArray *ksig_history_missing_against(ksig_catalog *catalog, ksig_store *store,
					const struct ksig_revision *revision, const GPtrArray *pools,
					const struct ksig_pool *against,
					const struct ksig_missing_options *options, git_oid *out_tree,
					unsigned *out_unread, GError **error)
{
	g_autoptr(GPtrArray)
		found = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_history_missing_free);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	g_autofree char *newest = newest_of(against, error);
	g_autoptr(ksig_kernel) kernel = newest ? ksig_tree_kernel_import(store, newest, error) : NULL;
	g_autoptr(ksig_presence) presence = kernel ? ksig_upstream_presence_new(store, revision->tree, error)
						   : NULL;

	if (!presence)
		return NULL;
	for (guint i = 0; i < pools->len; i++)
		if (pools->pdata[i] != against)
			g_ptr_array_add(all, pools->pdata[i]);
	g_ptr_array_add(all, (gpointer) against);
	g_autoptr(GArray) carried = ksig_carried_load(catalog, store, revision, all, out_unread, error);
	struct missing_search search = {.store = store,
					.lacks = revision->label,
					.carried = carried,
					.presence = presence,
					.seen = seen,
					.unnamed = UNNAMED_ALL,
					.options = options,
					.found = found};
	if (!carried)
		return NULL;
	missing_look_through(&search, against);
	if (!find_lacked_there(&search, pools, against, git_oid_tostr_s(&kernel->tree), out_unread, error))
		return NULL;
	*out_tree = kernel->tree;
	return missing_rank(&search, error) ? g_steal_pointer(&found) : NULL;
}
