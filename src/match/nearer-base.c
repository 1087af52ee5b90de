/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks each history and counts, by blobs, after which commit most of the changed files would be as the
 * vendor has them.
 */
#include "match/nearer-base.h"

enum { FILES_LEAST = 20 };

static const float MOST = 0.5F;

/* Along one history: which changed files are the vendor's, and which unchanged ones are not the base's any
 * more. */
struct walk {
	const ksig_evidence_set *set;
	uint8_t *equal;     /* one a file of the target */
	GHashTable *before; /* identity → the blob that an unchanged file had first */
	GHashTable *away;   /* identities of unchanged files that have another now */
	uint32_t n_equal;
};

static void step_changed(struct walk *walk, const struct ksig_candidate_file *file, uint32_t target)
{
	const struct ksig_change *change = walk->set->target->files[target].change;
	const uint64_t vendor = change->new_mode ? ksig_match_target_blob_prefix(&change->new_blob) : 0;
	const uint8_t equal = file->new_blob == vendor;

	walk->n_equal += equal;
	walk->n_equal -= walk->equal[target];
	walk->equal[target] = equal;
}

static void step_unchanged(struct walk *walk, const struct ksig_candidate_file *file, uint32_t identity)
{
	const gpointer key = GUINT_TO_POINTER(identity);
	uint64_t *first = g_hash_table_lookup(walk->before, key);

	if (!first) {
		first = g_memdup2(&file->old_blob, sizeof file->old_blob);
		g_hash_table_insert(walk->before, key, first);
	}
	if (*first == file->new_blob)
		g_hash_table_remove(walk->away, key);
	else
		g_hash_table_add(walk->away, key);
}

static void step(struct walk *walk, const struct ksig_candidate *candidate)
{
	for (uint32_t f = candidate->first_file; f < candidate->first_file + candidate->n_files; f++) {
		const struct ksig_path_target *path = &walk->set->paths[f];
		const struct ksig_candidate_file *file = &walk->set->pool->files[f];
		if (file->old_blob == 0 && file->new_blob == 0)
			continue;
		if (path->fate == KSIG_PATH_CHANGED)
			step_changed(walk, file, path->file);
		else if (path->fate == KSIG_PATH_UNCHANGED)
			step_unchanged(walk, file, path->identity);
	}
}

static void walk_history(const ksig_evidence_set *set, uint32_t first, uint32_t end,
			 struct ksig_nearer_base *best)
{
	g_autofree uint8_t *equal = g_new0(uint8_t, set->target->n_files + 1);
	g_autoptr(GHashTable) before = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	g_autoptr(GHashTable) away = g_hash_table_new(NULL, NULL);
	struct walk walk = {set, equal, before, away, 0};

	for (uint32_t c = first; c < end; c++) {
		step(&walk, &set->pool->candidates[c]);
		const uint32_t lost = g_hash_table_size(away);
		if (walk.n_equal > lost && walk.n_equal - lost > best->files) {
			best->files = walk.n_equal - lost;
			best->candidate = c;
		}
	}
}

bool ksig_match_nearer_base_find(const ksig_evidence_set *set, struct ksig_nearer_base *out)
{
	struct ksig_nearer_base best = {.of_files = set->target->n_files};

	for (uint32_t first = 0, end = 0; first < set->pool->n_candidates; first = end) {
		uint32_t number = 0;
		const struct ksig_pool *origin = ksig_upstream_pool_origin(set->pool, first, &number);
		end = first + origin->n_candidates;
		if (origin->git_dir)
			walk_history(set, first, end, &best);
	}
	*out = best;
	return best.of_files >= FILES_LEAST && (float) best.files >= MOST * (float) best.of_files;
}
