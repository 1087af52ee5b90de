/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole files. Where the vendor's file equals upstream's after some commit, the commits that led there from
 * the old file are in it, whatever became of their lines, and those that come after are not: upstream's own
 * blobs, followed from one to the next, say so. Blobs that nobody has can be followed as well.
 */
#include "breakdown/evidence-internal.h"

/* A candidate's file that is a changed file of the target. */
struct stage {
	uint64_t old_blob;
	uint64_t new_blob;
	uint32_t candidate;
	bool mode; /* it changes the file's mode, and nothing else */
};

/* How many candidates' files lead to each target file, summed up: where those of each begin. */
static uint32_t *count_stages(const evidence_set *set)
{
	const uint32_t n_files = set->target->n_files;
	uint32_t *starts = g_new0(uint32_t, n_files + 2);

	for (uint32_t f = 0; f < set->pool->n_files; f++)
		if (set->paths[f].fate == PATH_CHANGED)
			starts[set->paths[f].file + 2]++;
	for (uint32_t f = 2; f < n_files + 2; f++)
		starts[f] += starts[f - 1];
	return starts;
}

/* All stages by target file, in upstream's order. Afterwards STARTS[f] is where file f begins. */
static struct stage *sort_stages(const evidence_set *set, uint32_t *starts)
{
	struct stage *stages = g_new(struct stage, starts[set->target->n_files + 1] + 1);

	for (uint32_t c = 0; c < set->pool->n_candidates; c++) {
		const struct ksig_candidate *candidate = &set->pool->candidates[c];
		for (uint32_t f = candidate->first_file; f < candidate->first_file + candidate->n_files;
		     f++) {
			const struct ksig_candidate_file *file = &set->pool->files[f];
			if (set->paths[f].fate == PATH_CHANGED)
				stages[starts[set->paths[f].file + 1]++] = (struct stage){
					file->old_blob, file->new_blob, c,
					file->flags & KSIG_FILE_MODE && file->old_blob == file->new_blob};
		}
	}
	return stages;
}

/* What is missing of candidate C in FILE was rewritten later. One whose lines tell nothing is told by its
 * files. */
static void reach(evidence_set *set, uint32_t c, uint32_t file)
{
	struct evidence *evidence = &set->candidates[c];

	evidence->reached++;
	evidence->n_told += evidence->n_claims == 0;
	for (int added = 0; added < 2; added++)
		evidence->mass[added][LINE_MISS] = evidence->mass[added][LINE_STILL] =
			evidence->mass[added][LINE_PAST] = 0;
	for (uint32_t i = 0; i < evidence->n_claims; i++) {
		struct claim *claim = &g_array_index(set->claims, struct claim, evidence->first_claim + i);
		const bool lost = claim->fate == LINE_MISS || claim->fate == LINE_STILL;
		if (lost && claim->file == file)
			claim->fate = LINE_PAST;
		if (lost || claim->fate == LINE_PAST)
			evidence->mass[claim->added][claim->fate] += (float) claim->rarity / 255.0F;
	}
}

/* The commits that led from OLD_BLOB to NEW_BLOB, backwards from the first that reached it. Returns the
 * number of the last that did, + 1. */
static uint32_t walk_back(evidence_set *set, uint32_t file, const struct stage *stages, uint32_t n,
			  uint64_t old_blob)
{
	const uint64_t new_blob = target_blob_prefix(&set->target->files[file].change->new_blob);
	uint32_t first = 0;
	uint32_t last = 0;
	uint64_t wanted = new_blob;

	for (uint32_t i = n; i-- > 0;) {
		if (stages[i].new_blob != new_blob)
			continue;
		first = i + 1;
		last = MAX(last, i + 1);
	}
	for (uint32_t i = first; i-- > 0 && wanted && wanted != old_blob;) {
		if (stages[i].new_blob != wanted)
			continue;
		wanted = stages[i].old_blob;
		reach(set, stages[i].candidate, file);
	}
	return last;
}

/* Those that go on from there. */
static void walk_on(evidence_set *set, const struct stage *stages, uint32_t from, uint32_t n, uint64_t blob)
{
	for (uint32_t i = from; i < n && blob; i++) {
		if (stages[i].old_blob != blob)
			continue;
		blob = stages[i].new_blob;
		set->candidates[stages[i].candidate].passed++;
	}
}

/* The last of those that change the mode, where the vendor changed it. */
static void follow_mode(evidence_set *set, uint32_t file, const struct stage *stages, uint32_t n)
{
	const struct ksig_change *change = set->target->files[file].change;

	if (change->old_mode == 0 || change->old_mode == change->new_mode)
		return;
	while (n > 0 && !stages[n - 1].mode)
		n--;
	if (n > 0)
		reach(set, stages[n - 1].candidate, file);
}

void states_follow(evidence_set *set)
{
	g_autofree uint32_t *starts = count_stages(set);
	g_autofree struct stage *stages = sort_stages(set, starts);

	for (uint32_t f = 0; f < set->target->n_files; f++) {
		const struct target_file *file = &set->target->files[f];
		const struct ksig_change *old = file->renamed_from ? file->renamed_from : file->change;
		const uint64_t old_blob = old->old_mode ? target_blob_prefix(&old->old_blob) : 0;
		const uint64_t new_blob = target_blob_prefix(&file->change->new_blob);
		const uint32_t n = starts[f + 1] - starts[f];
		if (file->change->new_mode == 0 || n == 0)
			continue;
		follow_mode(set, f, stages + starts[f], n);
		if (new_blob == old_blob)
			continue;
		const uint32_t last = walk_back(set, f, stages + starts[f], n, old_blob);
		walk_on(set, stages + starts[f], last, n, new_blob);
	}
}
