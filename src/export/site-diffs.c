/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which differences the pages of patches show, before the first is made: git reads them in one go. */
#include "export/site-diffs-internal.h"
#include "export/site-internal.h"
#include "history/upstream-diff.h"

/* What the steps of the patches are, by patch. */
struct lives {
	GHashTable *steps;    /* int64_t patch -> GPtrArray of struct ksig_step * */
	GHashTable *releases; /* int64_t patch: their difference is not shown */
	GArray *order;        /* int64_t: as ksig_catalog_each_patch() gives them */
};

static void add_step(struct lives *lives, struct ksig_step *step)
{
	GPtrArray *steps = g_hash_table_lookup(lives->steps, &step->patch_id);

	if (!steps) {
		steps = g_ptr_array_new();
		g_hash_table_insert(lives->steps, &step->patch_id, steps);
	}
	g_ptr_array_add(steps, step);
	if (step->action == KSIG_STEP_INTRODUCE)
		g_array_append_val(lives->order, step->patch_id);
}

static void add_commits(const struct lives *lives, int64_t patch, GPtrArray *commits)
{
	const GPtrArray *steps = g_hash_table_lookup(lives->steps, &patch);

	for (guint i = 0; i < steps->len && !g_hash_table_contains(lives->releases, &patch); i++) {
		const struct ksig_step *step = steps->pdata[i];
		if (step->commit && step->action != KSIG_STEP_CARRY)
			g_ptr_array_add(commits, g_strdup(step->commit));
	}
}

static GPtrArray *commits_of(const GPtrArray *steps, const GPtrArray *releases, GArray **out_order)
{
	GPtrArray *commits = g_ptr_array_new_with_free_func(g_free);
	struct lives lives = {.steps = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL,
							     (GDestroyNotify) g_ptr_array_unref),
			      .releases = g_hash_table_new(g_int64_hash, g_int64_equal),
			      .order = g_array_new(FALSE, FALSE, sizeof(int64_t))};

	for (guint i = 0; i < releases->len; i++)
		g_hash_table_add(lives.releases, &((struct ksig_patch *) releases->pdata[i])->id);
	for (guint i = 0; i < steps->len; i++)
		add_step(&lives, steps->pdata[i]);
	for (guint i = 0; i < lives.order->len; i++)
		add_commits(&lives, g_array_index(lives.order, int64_t, i), commits);
	g_hash_table_unref(lives.steps);
	g_hash_table_unref(lives.releases);
	*out_order = lives.order;
	return commits;
}

bool ksig_site_open_diffs(struct ksig_site *site, GError **error)
{
	static const char *const kinds[] = {"release", NULL};
	const struct ksig_filter filter = {.kinds = kinds};
	g_autoptr(GPtrArray) steps = ksig_catalog_steps(site->catalog, 0, error);
	g_autoptr(GPtrArray) releases = steps ? ksig_catalog_patches(site->catalog, &filter, error) : NULL;

	if (!releases)
		return false;
	site->commits = commits_of(steps, releases, &site->order);
	site->diffs = ksig_history_diffs_open(site->store, site->commits, KSIG_DIFFS_PATCH, error);
	return site->diffs != NULL;
}
