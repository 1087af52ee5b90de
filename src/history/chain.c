/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of all revisions up to one, in order, with patch and revision; on a newer release the series
 * begins anew. Exports write it link by link.
 */
#include "history/history.h"

static bool keep_patch(struct ksig_patch *patch, gpointer data, GError **error)
{
	struct ksig_patch *kept = g_memdup2(patch, sizeof *patch);

	(void) error;
	memset(patch, 0, sizeof *patch);
	g_hash_table_insert(data, &kept->id, kept);
	return true;
}

/* Forgets the revisions after LABEL. */
static bool cut_revisions(ksig_catalog *catalog, struct ksig_chain *chain, const char *label, GError **error)
{
	if (chain->revisions->len == 0)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "the workspace has no revision yet; ksig breakdown adds them");
	if (!label)
		return true;
	g_autoptr(ksig_revision) last = ksig_catalog_find_revision(catalog, label, error);
	if (!last)
		return false;
	g_ptr_array_set_size(chain->revisions, last->position + 1);
	return true;
}

static const struct ksig_revision *revision_of(const struct ksig_chain *chain, int64_t id)
{
	for (guint i = 0; i < chain->revisions->len; i++) {
		const struct ksig_revision *revision = chain->revisions->pdata[i];
		if (revision->id == id)
			return revision;
	}
	return NULL;
}

/* Links what follows a release anew: on it every patch begins again. */
static void note_release(struct ksig_chain *chain, const struct ksig_link *link, GHashTable *begun)
{
	if (link->patch->kind != KSIG_PATCH_RELEASE)
		return;
	g_hash_table_remove_all(begun);
	chain->first = chain->links->len;
	chain->standing = link->patch->member;
}

static bool link_steps(struct ksig_chain *chain, GError **error)
{
	g_autoptr(GHashTable) begun = g_hash_table_new(g_int64_hash, g_int64_equal);

	chain->standing = ((const struct ksig_revision *) chain->revisions->pdata[0])->label;
	for (guint i = 0; i < chain->steps->len; i++) {
		const struct ksig_step *step = chain->steps->pdata[i];
		struct ksig_link link = {.step = step,
					 .patch = g_hash_table_lookup(chain->patches, &step->patch_id),
					 .revision = revision_of(chain, step->revision_id)};
		if (!link.revision)
			break;
		if (!link.patch)
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "catalog.db: step %d names a patch that is not there",
					      step->position);
		link.whole = g_hash_table_add(begun, (gpointer) &link.patch->id) &&
			     step->action != KSIG_STEP_DROP;
		g_array_append_val(chain->links, link);
		note_release(chain, &link, begun);
	}
	return true;
}

struct ksig_chain *ksig_history_chain_load(ksig_catalog *catalog, const char *label, GError **error)
{
	g_autoptr(ksig_chain) chain = g_new0(ksig_chain, 1);
	const struct ksig_filter everything = {NULL};

	chain->links = g_array_new(FALSE, FALSE, sizeof(struct ksig_link));
	chain->patches = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL,
					       (GDestroyNotify) ksig_catalog_patch_free);
	chain->revisions = ksig_catalog_revisions(catalog, error);
	if (!chain->revisions || !cut_revisions(catalog, chain, label, error))
		return NULL;
	chain->steps = ksig_catalog_steps(catalog, 0, error);
	if (!chain->steps ||
	    !ksig_catalog_each_patch(catalog, &everything, keep_patch, chain->patches, error) ||
	    !link_steps(chain, error))
		return NULL;
	return g_steal_pointer(&chain);
}

void ksig_history_chain_free(struct ksig_chain *chain)
{
	if (!chain)
		return;
	g_clear_pointer(&chain->links, g_array_unref);
	g_clear_pointer(&chain->steps, g_ptr_array_unref);
	g_clear_pointer(&chain->patches, g_hash_table_unref);
	g_clear_pointer(&chain->revisions, g_ptr_array_unref);
	g_free(chain);
}

const struct ksig_revision *ksig_history_chain_revision(const struct ksig_chain *chain)
{
	return chain->revisions->pdata[chain->revisions->len - 1];
}

void ksig_history_chain_select(struct ksig_chain *chain, GHashTable *numbers)
{
	g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(struct ksig_link));
	guint first = 0;

	for (guint i = 0; i < chain->links->len; i++) {
		const struct ksig_link *link = &g_array_index(chain->links, struct ksig_link, i);
		if (!g_hash_table_contains(numbers, &link->patch->id))
			continue;
		first += i < chain->first;
		g_array_append_val(kept, *link);
	}
	g_array_unref(chain->links);
	chain->links = g_steal_pointer(&kept);
	chain->first = first;
}
