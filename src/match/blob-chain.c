/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole files. Where the vendor's file equals upstream's after some commit, the commits that led there from
 * the old file are in it, whatever became of their lines, and those that come after are not: upstream's own
 * blobs, followed from one to the next, say so. Blobs that nobody has can be followed as well. The old file
 * may be upstream's after some commit, too: what led there is no part of the difference.
 */
#include "match/blob-chain-internal.h"

static int compare_stages(const void *a, const void *b)
{
	const struct blob_stage *left = a;
	const struct blob_stage *right = b;

	return left->file < right->file ? -1 : left->file > right->file;
}

static void add_stages(const ksig_evidence_set *set, uint32_t c, GArray *stages)
{
	const struct ksig_candidate *candidate = &set->pool->candidates[c];

	for (uint32_t f = candidate->first_file; f < candidate->first_file + candidate->n_files; f++) {
		const struct ksig_candidate_file *file = &set->pool->files[f];
		const struct blob_stage stage = {
			.old_blob = file->old_blob,
			.new_blob = file->new_blob,
			.candidate = c,
			.file = set->paths[f].file,
			.mode = file->flags & KSIG_FILE_MODE && file->old_blob == file->new_blob,
			.rename = file->flags & KSIG_FILE_RENAMED && file->n_hunks == 0 &&
				  file->old_blob == file->new_blob};
		if (set->paths[f].fate == KSIG_PATH_CHANGED)
			g_array_append_val(stages, stage);
	}
}

GArray *blob_chain_stages(const ksig_evidence_set *set)
{
	GArray *stages = g_array_new(FALSE, FALSE, sizeof(struct blob_stage));

	for (uint32_t c = 0; c < set->pool->n_candidates; c++)
		add_stages(set, c, stages);
	g_array_sort(stages, compare_stages); /* which leaves equal ones in their order */
	return stages;
}

/* What is missing of candidate C in FILE was rewritten later. One whose lines tell nothing is told by its
 * files. */
static void reach(ksig_evidence_set *set, uint32_t c, uint32_t file)
{
	struct ksig_match_evidence *evidence = &set->candidates[c];

	evidence->reached++;
	evidence->n_told += evidence->n_claims == 0;
	for (int added = 0; added < 2; added++)
		evidence->mass[added][KSIG_FATE_MISS] = evidence->mass[added][KSIG_FATE_STILL] =
			evidence->mass[added][KSIG_FATE_PAST] = 0;
	for (uint32_t i = 0; i < evidence->n_claims; i++) {
		struct ksig_claim *claim = &g_array_index(set->claims, struct ksig_claim,
							  evidence->first_claim + i);
		const bool lost = claim->fate == KSIG_FATE_MISS || claim->fate == KSIG_FATE_STILL;
		if (lost && claim->file == file)
			claim->fate = KSIG_FATE_PAST;
		if (lost || claim->fate == KSIG_FATE_PAST)
			evidence->mass[claim->added][claim->fate] += (float) claim->rarity / 255.0F;
	}
}

static const struct ksig_pool *history_of(const ksig_evidence_set *set, const struct blob_stage *stage)
{
	uint32_t number = 0;

	return set->pool->origins ? ksig_upstream_pool_origin(set->pool, stage->candidate, &number)
				  : set->pool;
}

/* The first that made BLOB, + 1, in a history that did not begin with it: what made it there came before. 0:
 * none. */
static uint32_t first_maker(const ksig_evidence_set *set, const struct blob_stage *stages, uint32_t n,
			    uint64_t blob)
{
	const struct ksig_pool *had_it = NULL;

	for (uint32_t i = 0; i < n; i++) {
		const struct ksig_pool *history = history_of(set, &stages[i]);
		if (history == had_it)
			continue;
		if (stages[i].old_blob == blob)
			had_it = history;
		else if (stages[i].new_blob == blob)
			return i + 1;
	}
	return 0;
}

/* The commits that led from OLD_BLOB to NEW_BLOB, backwards from the first that reached it. Returns the
 * number of the last that did, + 1. */
static uint32_t walk_back(ksig_evidence_set *set, uint32_t file, const struct blob_stage *stages, uint32_t n,
			  uint64_t old_blob)
{
	const uint64_t new_blob = ksig_match_target_blob_prefix(&set->target->files[file].change->new_blob);
	const uint32_t first = first_maker(set, stages, n, new_blob);
	uint32_t last = n;
	uint64_t wanted = new_blob;

	while (last > 0 && stages[last - 1].new_blob != new_blob)
		last--;
	for (uint32_t i = first; i-- > 0 && wanted && wanted != old_blob;) {
		if (stages[i].new_blob != wanted)
			continue;
		wanted = stages[i].old_blob;
		reach(set, stages[i].candidate, file);
	}
	return last;
}

/* Those that go on from there. */
static void walk_on(ksig_evidence_set *set, const struct blob_stage *stages, uint32_t from, uint32_t n,
		    uint64_t blob)
{
	for (uint32_t i = from; i < n && blob; i++) {
		if (stages[i].old_blob != blob)
			continue;
		blob = stages[i].new_blob;
		set->candidates[stages[i].candidate].passed++;
	}
}

/* The last of those that change the mode, where the vendor changed it. */
static void follow_mode(ksig_evidence_set *set, uint32_t file, const struct blob_stage *stages, uint32_t n)
{
	const struct ksig_change *change = set->target->files[file].change;

	if (change->old_mode == 0 || change->old_mode == change->new_mode)
		return;
	while (n > 0 && !stages[n - 1].mode)
		n--;
	if (n > 0)
		reach(set, stages[n - 1].candidate, file);
}

/* The vendor's file has another name and the same content: the last of those that gave it this name. */
static void follow_rename(ksig_evidence_set *set, uint32_t file, const struct blob_stage *stages, uint32_t n)
{
	while (n > 0 && !stages[n - 1].rename)
		n--;
	if (n > 0)
		reach(set, stages[n - 1].candidate, file);
}

/* Of one history: what led to BLOB, the old file, backwards from the first commit that made it. */
static void mark_behind(ksig_evidence_set *set, const struct blob_stage *stages, uint32_t n, uint64_t blob)
{
	uint32_t at = 0;

	if (n == 0 || stages[0].old_blob == blob)
		return; /* it was so before the history begins */
	while (at < n && stages[at].new_blob != blob)
		at++;
	for (uint64_t wanted = at < n ? blob : 0; wanted && at != UINT32_MAX; at--) {
		if (stages[at].new_blob != wanted)
			continue;
		wanted = stages[at].old_blob;
		set->candidates[stages[at].candidate].behind++;
	}
}

static void mark_all_behind(ksig_evidence_set *set, const struct blob_stage *stages, uint32_t n,
			    uint64_t blob)
{
	for (uint32_t first = 0, end = 0; blob && first < n; first = end) {
		const struct ksig_pool *history = history_of(set, &stages[first]);
		while (end < n && history_of(set, &stages[end]) == history)
			end++;
		mark_behind(set, stages + first, end - first, blob);
	}
}

static void follow_file(ksig_evidence_set *set, uint32_t f, const struct blob_stage *stages, uint32_t n)
{
	const struct ksig_target_file *file = &set->target->files[f];
	const struct ksig_change *old = file->renamed_from ? file->renamed_from : file->change;
	const uint64_t old_blob = old->old_mode ? ksig_match_target_blob_prefix(&old->old_blob) : 0;
	const uint64_t new_blob = ksig_match_target_blob_prefix(&file->change->new_blob);

	mark_all_behind(set, stages, n, old_blob);
	if (file->change->new_mode == 0)
		return;
	follow_mode(set, f, stages, n);
	if (file->renamed_from && new_blob == old_blob)
		follow_rename(set, f, stages, n);
	if (new_blob == old_blob)
		return;
	const uint32_t last = walk_back(set, f, stages, n, old_blob);
	walk_on(set, stages, last, n, new_blob);
}

void blob_chain_follow(ksig_evidence_set *set)
{
	g_autoptr(GArray) list = blob_chain_stages(set);
	const struct blob_stage *stages = (const struct blob_stage *) list->data;

	for (uint32_t first = 0, end = 0; first < list->len; first = end) {
		while (end < list->len && stages[end].file == stages[first].file)
			end++;
		follow_file(set, stages[first].file, stages + first, end - first);
	}
}
