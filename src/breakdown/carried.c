/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree that the next revision starts from, and which candidates are carried: those of patches not
 * dropped, and those contained. Across a rebase none is.
 */
#include "breakdown/carried-internal.h"

#include "breakdown/keys-internal.h"
#include "breakdown/record-contained-internal.h"
#include "breakdown/record-import-internal.h"

bool known_last(ksig_catalog *catalog, git_oid *out_tree, git_oid *out_commit, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);

	if (!revisions)
		return false;
	const struct ksig_revision *last = revisions->pdata[revisions->len - 1];
	if (git_oid_fromstr(out_tree, last->tree) != 0 || git_oid_fromstr(out_commit, last->commit) != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "catalog: revision %s has no tree or commit",
				      last->label);
	return true;
}

bool known_carried(struct ksig_work *work, GError **error)
{
	const struct ksig_filter all = {0};
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(work->catalog, &all, error);
	g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	if (!patches)
		return false;
	if (work->rebase) /* all are taken off, and looked for again */
		g_ptr_array_set_size(patches, 0);
	for (guint i = 0; i < patches->len; i++) {
		const struct ksig_patch *patch = patches->pdata[i];
		if (!patch->dropped)
			g_hash_table_add(keys, key_of_patch(patch));
	}
	if (!work->rebase && (!record_add_contained(work->catalog, patches, keys, error) ||
			      !record_contained_keys(work->catalog, keys, error)))
		return false;
	g_free(work->carried);
	work->carried = g_new0(uint8_t, work->pool->n_candidates + 1);
	for (uint32_t c = 0; c < work->pool->n_candidates; c++) {
		uint32_t number = 0;
		const struct ksig_pool *origin = ksig_upstream_pool_origin(work->pool, c, &number);
		g_autofree char *key = key_of_candidate(origin, number);
		work->carried[c] = g_hash_table_contains(keys, key);
	}
	return true;
}
