/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a series speaks (at least series_share of it is carried), and the patches of one that touch a file,
 * in the series' order.
 */
#include "match/series.h"

bool *ksig_match_series_speak(const ksig_rounds *rounds, float threshold)
{
	const struct ksig_pool *joined = rounds->set->pool;
	bool *speaks = g_new0(bool, joined->n_candidates + 1);

	for (uint32_t first = 0, end = 0; first < joined->n_candidates; first = end) {
		uint32_t number = 0;
		uint32_t carried = 0;
		const struct ksig_pool *series = ksig_upstream_pool_origin(joined, first, &number);
		end = first + series->n_candidates;
		for (uint32_t c = first; !series->git_dir && c < end; c++) {
			const uint32_t one = ksig_upstream_pool_twin(joined, c);
			carried += ksig_match_rounds_is_carried(rounds, one) ||
				   rounds->probability[one] >= threshold;
		}
		const bool most = (float) carried >=
				  rounds->model->parameters.series_share * (float) series->n_candidates;
		for (uint32_t c = first; c < end; c++)
			speaks[c] = !series->git_dir && most;
	}
	return speaks;
}

static void stack_clear(void *data)
{
	g_array_unref(((struct ksig_series_stack *) data)->patches);
}

/* ---- the stacks ---------------------------------------------------------------------------------- */

static GArray *patches_of(GHashTable *by_file, GArray *stacks, uint32_t file, const struct ksig_pool *series)
{
	guint at = GPOINTER_TO_UINT(g_hash_table_lookup(by_file, GUINT_TO_POINTER(file)));

	if (at == 0) {
		const struct ksig_series_stack stack = {
			file, series, g_array_new(FALSE, FALSE, sizeof(struct ksig_replay_patch))};
		g_array_append_val(stacks, stack);
		at = stacks->len;
		g_hash_table_insert(by_file, GUINT_TO_POINTER(file), GUINT_TO_POINTER(at));
	}
	return g_array_index(stacks, struct ksig_series_stack, at - 1).patches;
}

static void stack_candidate(const ksig_rounds *rounds, const struct ksig_pool *series, uint32_t number,
			    uint32_t first, GHashTable *by_file, GArray *stacks)
{
	const struct ksig_candidate *candidate = &series->candidates[number];
	const uint32_t c = ksig_upstream_pool_twin(rounds->set->pool, first + number);
	const struct ksig_candidate *stands_for = &rounds->set->pool->candidates[c];

	if (ksig_match_rounds_is_carried(rounds, c))
		return;
	for (uint32_t f = 0; f < MIN(candidate->n_files, stands_for->n_files); f++) {
		const struct ksig_path_target *path = &rounds->set->paths[stands_for->first_file + f];
		const struct ksig_replay_patch patch = {series, candidate->first_file + f, c, false};
		if (path->fate == KSIG_PATH_CHANGED && !rounds->set->target->files[path->file].opaque)
			g_array_append_val(patches_of(by_file, stacks, path->file, series), patch);
	}
}

GArray *ksig_match_series_stacks(const ksig_rounds *rounds, float threshold)
{
	g_autofree bool *speaks = ksig_match_series_speak(rounds, threshold);
	const struct ksig_pool *joined = rounds->set->pool;
	GArray *stacks = g_array_new(FALSE, FALSE, sizeof(struct ksig_series_stack));

	g_array_set_clear_func(stacks, stack_clear);
	for (uint32_t c = 0; c < joined->n_candidates;) {
		uint32_t number = 0;
		const struct ksig_pool *series = ksig_upstream_pool_origin(joined, c, &number);
		g_autoptr(GHashTable) by_file = g_hash_table_new(NULL, NULL);
		for (number = 0; speaks[c] && number < series->n_candidates; number++)
			stack_candidate(rounds, series, number, c, by_file, stacks);
		c += series->n_candidates;
	}
	return stacks;
}

bool ksig_match_series_replay(const ksig_rounds *rounds, const struct ksig_series_stack *stack,
			      struct ksig_replay *replay)
{
	return ksig_match_replay_run(replay, &rounds->set->target->files[stack->file],
				     (const struct ksig_replay_patch *) stack->patches->data,
				     stack->patches->len);
}
