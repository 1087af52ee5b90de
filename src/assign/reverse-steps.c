/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which carried patches a revision drops or reworks: steps of the chain turned round are judged by their
 * evidence, with thresholds from the model.
 */
#include "assign/reverse-steps.h"

void ksig_assign_reverse_steps_free(ksig_reverse_steps *set)
{
	if (!set)
		return;
	ksig_match_evidence_free(set->evidence);
	g_array_unref(set->reversals);
	g_array_unref(set->steps);
	g_free(set);
}

/* Commit → the patch whose step it is, for patches that are still carried. */
static GHashTable *patches_of_commits(ksig_catalog *catalog, GError **error)
{
	const struct ksig_filter all = {0};
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(catalog, &all, error);
	g_autoptr(GPtrArray) steps = patches ? ksig_catalog_steps(catalog, 0, error) : NULL;
	g_autoptr(GHashTable) dropped = g_hash_table_new(g_int64_hash, g_int64_equal);

	if (!steps)
		return NULL;
	for (guint i = 0; i < patches->len; i++) {
		struct ksig_patch *patch = patches->pdata[i];
		if (patch->dropped)
			g_hash_table_add(dropped, &patch->id);
	}
	GHashTable *map = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (guint i = 0; i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		if (step->commit && step->action != KSIG_STEP_DROP &&
		    !g_hash_table_contains(dropped, &step->patch_id))
			g_hash_table_insert(map, g_strdup(step->commit),
					    g_memdup2(&step->patch_id, sizeof step->patch_id));
	}
	return map;
}

static void judge(ksig_reverse_steps *set, uint32_t c)
{
	const struct ksig_match_evidence *evidence = &set->evidence->candidates[c];
	const int64_t patch_id = g_array_index(set->steps, int64_t, c);
	const struct ksig_match_parameters *parameters = set->evidence->parameters;
	const float hit = ksig_match_evidence_hits(evidence);
	const float kept = evidence->mass[0][KSIG_FATE_STILL] + evidence->mass[1][KSIG_FATE_MISS];
	struct ksig_reverse_step undo = {.candidate = c, .patch_id = patch_id, .action = KSIG_STEP_REWORK};

	if (patch_id == 0 || hit < parameters->rework_mass || evidence->place < parameters->rework_place)
		return;
	if (hit >= parameters->dropped_share * (hit + kept))
		undo.action = KSIG_STEP_DROP;
	g_array_prepend_val(set->reversals, undo);
}

static bool fill(ksig_reverse_steps *set, ksig_catalog *catalog, const ksig_target *target,
		 const struct ksig_match_parameters *parameters, GError **error)
{
	g_autoptr(GHashTable) patches = patches_of_commits(catalog, error);

	if (!patches)
		return false;
	for (uint32_t c = 0; c < set->pool->n_candidates; c++) {
		g_autofree char *hex = ksig_upstream_candidate_hex(&set->pool->candidates[c]);
		const int64_t *id = g_hash_table_lookup(patches, hex);
		const int64_t none = 0;
		g_array_append_vals(set->steps, id ? id : &none, 1);
	}
	set->evidence = ksig_match_evidence_collect(set->pool, target, parameters);
	for (uint32_t c = 0; c < set->pool->n_candidates; c++)
		judge(set, c);
	return true;
}

/* ---- the chain ----------------------------------------------------------------------------------- */

void ksig_assign_reverse_chain_clear(struct ksig_reverse_chain *chain)
{
	g_clear_pointer(&chain->pool, ksig_upstream_pool_free);
	g_clear_pointer(&chain->from, g_free);
	g_clear_pointer(&chain->to, g_free);
}

static bool chain_read(struct ksig_reverse_chain *chain, const ksig_store *store, const char *from,
		       const char *to, GError **error)
{
	if (chain->pool && g_strcmp0(chain->from, from) == 0 && g_strcmp0(chain->to, to) == 0)
		return true;
	ksig_assign_reverse_chain_clear(chain);
	chain->pool = ksig_upstream_pool_open_undo(store, from, to, true, error);
	chain->from = g_strdup(from);
	chain->to = g_strdup(to);
	return chain->pool != NULL;
}

ksig_reverse_steps *ksig_assign_reverse_steps_collect(struct ksig_reverse_chain *chain, ksig_catalog *catalog,
						      const ksig_target *target,
						      const struct ksig_match_parameters *parameters,
						      GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);
	g_autoptr(ksig_reverse_steps) set = g_new0(ksig_reverse_steps, 1);

	set->reversals = g_array_new(FALSE, FALSE, sizeof(struct ksig_reverse_step));
	set->steps = g_array_new(FALSE, FALSE, sizeof(int64_t));
	if (!revisions || revisions->len < 2)
		return NULL;
	const struct ksig_revision *first = revisions->pdata[0];
	const struct ksig_revision *last = revisions->pdata[revisions->len - 1];
	g_autoptr(ksig_step) release = NULL;
	if (!ksig_catalog_last_release(catalog, 0, &release, NULL, error))
		return NULL;
	if (!chain_read(chain, target->store, release ? release->commit : first->commit, last->commit, error))
		return NULL;
	set->pool = chain->pool;
	if (!fill(set, catalog, target, parameters, error))
		return NULL;
	return g_steal_pointer(&set);
}
