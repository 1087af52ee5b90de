/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New files that many commits of several people made: which candidates are one import, and where the old tree
 * was taken from that history, by vote of its files.
 */
#include "match/imports.h"

#include <stdlib.h>
#include <string.h>

static const float DAY_S = 86400;

struct search {
	const ksig_rounds *rounds;
	float threshold;
	uint32_t *parent;   /* one a file of the target: files that a candidate joins */
	uint8_t *core;      /* one a candidate: most of what it does is in new files */
	uint8_t *passed_by; /* one a candidate: see find_passed_by() */
};

static bool is_new(const ksig_target *target, uint32_t file)
{
	return target->files[file].change->old_mode == 0 && !target->files[file].renamed_from;
}

static uint32_t root_of(const struct search *search, uint32_t file)
{
	while (search->parent[file] != file)
		file = search->parent[file] = search->parent[search->parent[file]];
	return file;
}

static const struct ksig_claim *claim_at(const struct search *search, uint32_t c, uint32_t i)
{
	const ksig_evidence_set *set = search->rounds->set;

	return &g_array_index(set->claims, struct ksig_claim, set->candidates[c].first_claim + i);
}

static bool is_chosen(const struct search *search, uint32_t c)
{
	return search->rounds->probability[c] >= search->threshold &&
	       !ksig_match_rounds_is_carried(search->rounds, c) &&
	       search->rounds->set->candidates[c].n_claims > 0;
}

static bool is_core(const struct search *search, uint32_t c)
{
	const ksig_evidence_set *set = search->rounds->set;
	float in = 0;

	for (uint32_t i = 0; i < set->candidates[c].n_claims; i++) {
		const struct ksig_claim *claim = claim_at(search, c, i);
		if (claim->fate == KSIG_FATE_HIT && is_new(set->target, claim->file))
			in += (float) claim->rarity / 255.0F;
	}
	return in >
	       search->rounds->model->parameters.import_share * ksig_match_evidence_hits(&set->candidates[c]);
}

/* The root of the first new file that candidate C has a line in, all others of its new files joined to it. */
static uint32_t join_files(struct search *search, uint32_t c)
{
	const ksig_evidence_set *set = search->rounds->set;
	uint32_t first = KSIG_TARGET_NO_FILE;

	for (uint32_t i = 0; i < set->candidates[c].n_claims; i++) {
		const struct ksig_claim *claim = claim_at(search, c, i);
		if (claim->fate != KSIG_FATE_HIT || !is_new(set->target, claim->file))
			continue;
		if (first == KSIG_TARGET_NO_FILE)
			first = claim->file;
		search->parent[root_of(search, claim->file)] = root_of(search, first);
	}
	return root_of(search, first);
}

/* ---- judging ------------------------------------------------------------------------------------- */

/* Vendors do pick a feature's series and its first fixes one by one: those are too few, or too quick. */
static bool is_import(const ksig_rounds *rounds, const GArray *candidates)
{
	const struct ksig_match_parameters *parameters = &rounds->model->parameters;
	const struct ksig_pool *pool = rounds->set->pool;
	g_autoptr(GHashTable) authors = g_hash_table_new(NULL, NULL);
	int64_t first = INT64_MAX;
	int64_t last = INT64_MIN;
	guint named = 0;

	for (guint i = 0; i < candidates->len; i++) {
		const uint32_t c = g_array_index(candidates, uint32_t, i);
		first = MIN(first, pool->candidates[c].commit_time);
		last = MAX(last, pool->candidates[c].commit_time);
		g_hash_table_add(authors, GUINT_TO_POINTER(pool->candidates[c].author));
		named += rounds->named && rounds->named[c];
	}
	return candidates->len >= parameters->import_commits &&
	       g_hash_table_size(authors) >= parameters->import_authors &&
	       last - first >= (int64_t) (parameters->import_days * DAY_S) &&
	       (float) named * parameters->import_named < (float) candidates->len;
}

static void free_group(void *group)
{
	if (group)
		g_array_unref(group);
}

static GPtrArray *group_by_root(struct search *search)
{
	const uint32_t n_files = search->rounds->set->target->n_files;
	GPtrArray *groups = g_ptr_array_new_with_free_func(free_group);

	g_ptr_array_set_size(groups, (gint) n_files);
	for (uint32_t c = 0; c < search->rounds->set->pool->n_candidates; c++) {
		if (!search->core[c])
			continue;
		const uint32_t root = join_files(search, c);
		if (!groups->pdata[root])
			groups->pdata[root] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
		g_array_append_val((GArray *) groups->pdata[root], c);
	}
	return groups;
}

/* ---- prehistory ---------------------------------------------------------------------------------- */

/* Where in a history the old tree may have been taken from it: a file says so from the commit that makes it
 * what it is there to the next that changes it. */
struct votes {
	const ksig_evidence_set *evidence;
	uint32_t first;
	GHashTable *since; /* path → the commit + 2 since which it is as the old tree has it; 1: it is not */
	int32_t *change;   /* by commit, from FIRST: how many files more say so */
};

static void vote(struct votes *votes, const struct ksig_candidate_file *file, uint32_t c)
{
	const struct ksig_pool *pool = votes->evidence->pool;
	const gpointer key = GUINT_TO_POINTER(file->new_path ? file->new_path : file->old_path);
	const uint64_t old = GPOINTER_TO_SIZE(g_hash_table_lookup(
		votes->evidence->target->all_paths, ksig_upstream_pool_string(pool, GPOINTER_TO_UINT(key))));
	const guint before = GPOINTER_TO_UINT(g_hash_table_lookup(votes->since, key));

	if (old == 0 || (file->old_blob == 0 && file->new_blob == 0))
		return;
	if (before == 0 && file->old_blob == old)
		votes->change[0]++; /* from the beginning */
	if ((before == 0 && file->old_blob == old) || before > 1)
		votes->change[c - votes->first + 1]--;
	if (file->new_blob == old)
		votes->change[c - votes->first + 1]++;
	g_hash_table_insert(votes->since, key, GUINT_TO_POINTER(file->new_blob == old ? c + 2 : 1));
}

/* How many commits of the history from FIRST to END the old tree has, as most of its files say. */
static uint32_t count_passed(const ksig_evidence_set *evidence, uint32_t first, uint32_t end)
{
	const struct ksig_pool *pool = evidence->pool;
	g_autoptr(GHashTable) since = g_hash_table_new(NULL, NULL);
	g_autofree int32_t *change = g_new0(int32_t, end - first + 2);
	struct votes votes = {evidence, first, since, change};
	int32_t sum = 0;
	int32_t most = 0;
	uint32_t best = 0;

	for (uint32_t c = first; c < end; c++)
		for (uint32_t f = 0; f < pool->candidates[c].n_files; f++)
			vote(&votes, &pool->files[pool->candidates[c].first_file + f], c);
	for (uint32_t i = 0; i <= end - first; i++) {
		sum += change[i];
		if (sum > most) {
			most = sum;
			best = i;
		}
	}
	return best;
}

/* One a candidate: whether it lies behind the commit of its history that the old tree was taken from. */
static uint8_t *find_passed_by(const ksig_evidence_set *evidence)
{
	const struct ksig_pool *pool = evidence->pool;
	uint8_t *passed_by = g_new0(uint8_t, pool->n_candidates + 1);

	for (uint32_t first = 0, end = 0; first < pool->n_candidates; first = end) {
		uint32_t number = 0;
		end = first + ksig_upstream_pool_origin(pool, first, &number)->n_candidates;
		memset(passed_by + first, 1, count_passed(evidence, first, end));
	}
	return passed_by;
}

static GArray *prehistory_of(const struct search *search, const GArray *candidates)
{
	GArray *before = g_array_new(FALSE, FALSE, sizeof(uint32_t));

	for (guint i = 0; i < candidates->len; i++) {
		const uint32_t c = g_array_index(candidates, uint32_t, i);
		if (search->passed_by[c])
			g_array_append_val(before, c);
	}
	return before;
}

static void add_import(ksig_import_set *set, const struct search *search, uint32_t root,
		       const GArray *candidates)
{
	const ksig_target *target = search->rounds->set->target;
	struct ksig_match_import import = {g_array_copy((GArray *) candidates),
					   prehistory_of(search, candidates),
					   g_array_new(FALSE, FALSE, sizeof(uint32_t))};

	for (uint32_t f = 0; f < target->n_files; f++)
		if (is_new(target, f) && root_of(search, f) == root)
			g_array_append_val(import.files, f);
	g_array_append_val(set->imports, import);
	for (guint i = 0; i < candidates->len; i++)
		set->labels[g_array_index(candidates, uint32_t, i)] = set->imports->len;
	for (guint i = 0; i < import.before->len; i++)
		set->contains[g_array_index(import.before, uint32_t, i)] = set->imports->len;
}

static void import_clear(void *data)
{
	struct ksig_match_import *import = data;

	g_array_unref(import->candidates);
	g_array_unref(import->before);
	g_array_unref(import->files);
}

void ksig_match_imports_free(ksig_import_set *set)
{
	if (!set)
		return;
	g_array_unref(set->imports);
	g_free(set->labels);
	g_free(set->contains);
	g_free(set);
}

ksig_import_set *ksig_match_imports_find(const ksig_rounds *rounds, float threshold)
{
	const uint32_t n = rounds->set->pool->n_candidates;
	const uint32_t n_files = rounds->set->target->n_files;
	g_autofree uint32_t *parent = g_new(uint32_t, n_files + 1);
	g_autofree uint8_t *core = g_new0(uint8_t, n + 1);
	g_autofree uint8_t *passed_by = find_passed_by(rounds->set);
	struct search search = {rounds, threshold, parent, core, passed_by};
	ksig_import_set *set = g_new0(ksig_import_set, 1);

	set->imports = g_array_new(FALSE, FALSE, sizeof(struct ksig_match_import));
	g_array_set_clear_func(set->imports, import_clear);
	set->labels = g_new0(uint32_t, n + 1);
	set->contains = g_new0(uint32_t, n + 1);
	for (uint32_t f = 0; f < n_files; f++)
		parent[f] = f;
	for (uint32_t c = 0; c < n; c++) {
		core[c] = is_chosen(&search, c) && is_core(&search, c);
		if (core[c])
			join_files(&search, c);
	}
	g_autoptr(GPtrArray) groups = group_by_root(&search);
	for (uint32_t root = 0; root < n_files; root++)
		if (groups->pdata[root] && is_import(rounds, groups->pdata[root]))
			add_import(set, &search, root, groups->pdata[root]);
	return set;
}
