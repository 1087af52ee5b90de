/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Across a newer release, which part is which earlier patch: by key, member, upstream commit or subject,
 * vendor parts by a sum over their lines; carried if it changes the same, else reworked.
 */
#include "breakdown/rebase-internal.h"

#include "breakdown/commit-internal.h"
#include "breakdown/keys-internal.h"

#include <string.h>

void rebase_free(struct rebase *rebase)
{
	if (!rebase)
		return;
	g_free(rebase->label);
	g_free(rebase->from_label);
	g_clear_pointer(&rebase->live, g_ptr_array_unref);
	g_clear_pointer(&rebase->taken, g_hash_table_unref);
	g_clear_pointer(&rebase->contained, g_hash_table_unref);
	g_clear_pointer(&rebase->step_of, g_hash_table_unref);
	ksig_upstream_pool_free(rebase->steps);
	g_free(rebase->matches);
	g_free(rebase->actions);
	g_free(rebase);
}

/* ---- beginning ----------------------------------------------------------------------------------- */

static bool tree_of_commit(const ksig_store *store, const git_oid *id, git_oid *out_tree, GError **error)
{
	g_autoptr(git_commit) commit = NULL;
	const int code = git_commit_lookup(&commit, ksig_tree_store_repository(store), id);

	if (code < 0)
		return ksig_tree_git_error(error, code, "%s: a commit of the catalog",
					   ksig_tree_store_path(store));
	*out_tree = *git_commit_tree_id(commit);
	return true;
}

/* What the last revision stands on: the last release that was gone over to, or the base. */
static bool find_standing(struct rebase *rebase, git_oid *out_tree, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(rebase->catalog, error);
	g_autoptr(ksig_step) step = NULL;
	g_autoptr(ksig_patch) patch = NULL;

	if (!revisions || !ksig_catalog_last_release(rebase->catalog, 0, &step, &patch, error))
		return false;
	const struct ksig_revision *base = revisions->pdata[0];
	const char *commit = step ? step->commit : base->commit;
	rebase->from_label = g_strdup(patch ? patch->member : base->label);
	const int code = git_oid_fromstr(&rebase->from_base_commit, commit ? commit : "");
	return (code == 0 || ksig_tree_git_error(error, code, "catalog: the base has no commit")) &&
	       tree_of_commit(rebase->store, &rebase->from_base_commit, out_tree, error);
}

static bool keep_live(struct ksig_patch *patch, gpointer data, GError **error)
{
	(void) error;
	if (patch->dropped || patch->kind == KSIG_PATCH_RELEASE)
		return true;
	g_ptr_array_add(data, g_memdup2(patch, sizeof *patch));
	memset(patch, 0, sizeof *patch);
	return true;
}

bool rebase_begin(const ksig_store *store, ksig_catalog *catalog, const struct ksig_kernel *release,
		  struct rebase **out_rebase, git_oid *tree, git_oid *commit, GError **error)
{
	const struct ksig_filter everything = {NULL};
	g_autoptr(ksig_rebase) rebase = g_new0(struct rebase, 1);
	git_oid standing;

	*out_rebase = NULL;
	rebase->store = store;
	rebase->catalog = catalog;
	if (!find_standing(rebase, &standing, error))
		return false;
	if (git_oid_equal(&standing, &release->tree))
		return true;
	rebase->label = g_strdup(release->label);
	rebase->tree = release->tree;
	rebase->from_tree = *tree;
	rebase->from_commit = *commit;
	rebase->live = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_catalog_patch_free);
	rebase->taken = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_autofree char *message = g_strdup_printf("release: %s to %s", rebase->from_label, rebase->label);
	if (!ksig_catalog_each_patch(rebase->catalog, &everything, keep_live, rebase->live, error) ||
	    !commit_write(rebase->store, &release->tree, commit, message, &rebase->commit, error))
		return false;
	*tree = rebase->tree;
	*commit = rebase->commit;
	*out_rebase = g_steal_pointer(&rebase);
	return true;
}

/* ---- what a patch changes, as a number ----------------------------------------------------------- */

static uint64_t mix(uint64_t value)
{
	value ^= value >> 30;
	value *= 0xbf58476d1ce4e5b9u;
	value ^= value >> 27;
	value *= 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

/*
 * The sum over its lines, those added less those removed: steps that undo each other sum up to nothing, the
 * order does not count, and neither do places and surroundings.
 */
static uint64_t sum_of(const struct ksig_pool *pool, uint32_t number)
{
	const struct ksig_candidate *candidate = &pool->candidates[number];
	uint64_t sum = 0;

	for (uint32_t f = 0; f < candidate->n_files; f++) {
		const struct ksig_candidate_file *file = &pool->files[candidate->first_file + f];
		const uint64_t path = g_str_hash(ksig_upstream_pool_string(pool, file->new_path));
		for (uint32_t h = 0; h < file->n_hunks; h++) {
			const struct ksig_hunk *hunk = &pool->hunks[file->first_hunk + h];
			for (uint32_t i = 0; i < hunk->n_lines; i++) {
				const uint32_t line = pool->lines[hunk->first_line + i];
				const uint64_t value = mix(path << 32 | ksig_upstream_line_hash(line));
				if (ksig_upstream_line_op(line) == KSIG_LINE_ADDED)
					sum += value;
				else if (ksig_upstream_line_op(line) == KSIG_LINE_REMOVED)
					sum -= value;
			}
		}
	}
	return sum;
}

/* The commits from FROM to TO, turned round; NULL without error: there is none. */
static struct ksig_pool *commits_between(struct rebase *rebase, const git_oid *from, const git_oid *to,
					 GError **error)
{
	char first[GIT_OID_HEXSZ + 1];
	char last[GIT_OID_HEXSZ + 1];

	if (git_oid_equal(from, to))
		return NULL;
	git_oid_tostr(first, sizeof first, from);
	git_oid_tostr(last, sizeof last, to);
	return ksig_upstream_pool_open_undo(rebase->store, first, last, false, error);
}

/* Commit -> what it changes. */
static GHashTable *sums_of_commits(const struct ksig_pool *pool)
{
	GHashTable *sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	for (uint32_t i = 0; pool && i < pool->n_candidates; i++) {
		const uint64_t sum = sum_of(pool, i);
		g_hash_table_insert(sums, ksig_upstream_candidate_hex(&pool->candidates[i]),
				    g_memdup2(&sum, sizeof sum));
	}
	return sums;
}

static GHashTable *numbers_of_commits(const struct ksig_pool *pool)
{
	GHashTable *numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (uint32_t i = 0; pool && i < pool->n_candidates; i++)
		g_hash_table_insert(numbers, ksig_upstream_candidate_hex(&pool->candidates[i]),
				    GUINT_TO_POINTER(i + 1));
	return numbers;
}

static uint64_t add_sum(uint64_t sum, GHashTable *sums, const char *commit)
{
	const uint64_t *one = commit ? g_hash_table_lookup(sums, commit) : NULL;

	return one ? sum + *one : sum;
}

static bool sum_of_patch(struct rebase *rebase, GHashTable *sums, int64_t patch_id, uint64_t *out_sum,
			 GError **error)
{
	g_autoptr(GPtrArray) steps = ksig_catalog_steps_of_patch(rebase->catalog, patch_id, error);

	*out_sum = 0;
	for (guint i = 0; steps && i < steps->len; i++)
		*out_sum = add_sum(*out_sum, sums, ((const struct ksig_step *) steps->pdata[i])->commit);
	return steps != NULL;
}

/* ---- which part is which patch ------------------------------------------------------------------- */

/* By what a part and a patch are held to be the same, the surest first. */
enum bond { BOND_KEY, BOND_MEMBER, BOND_UPSTREAM, BOND_SUBJECT, BONDS };

static char *bond_of_patch(const struct ksig_patch *patch, enum bond bond)
{
	switch (bond) {
	case BOND_KEY:
		return patch->source ? key_of_patch(patch) : NULL;
	case BOND_MEMBER:
		return g_strdup(patch->member);
	case BOND_UPSTREAM:
		return g_strdup(patch->upstream);
	default:
		return g_strdup_printf("%d%s", patch->source == NULL, patch->subject);
	}
}

static char *bond_of_candidate(const struct rebase *rebase, uint32_t c, enum bond bond)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(rebase->pool, c, &number);
	const struct ksig_candidate *candidate = &origin->candidates[number];
	switch (bond) {
	case BOND_KEY:
		return key_of_candidate(origin, number);
	case BOND_MEMBER:
		return candidate->member ? g_strdup(ksig_upstream_pool_string(origin, candidate->member))
					 : NULL;
	case BOND_UPSTREAM:
		return ksig_upstream_pool_upstream(rebase->pool, c);
	default:
		return g_strdup_printf("0%s", ksig_upstream_pool_string(origin, candidate->subject));
	}
}

static char *bond_of_part(const struct rebase *rebase, const struct ksig_part *part, enum bond bond)
{
	if (part->set)
		return bond_of_candidate(rebase, part->candidate, bond);
	return bond == BOND_SUBJECT ? g_strdup_printf("1%s", part->subject) : NULL;
}

/* The live patches that are not taken, by BOND. */
static GHashTable *open_patches(const struct rebase *rebase, enum bond bond)
{
	GHashTable *patches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < rebase->live->len; i++) {
		struct ksig_patch *patch = rebase->live->pdata[i];
		char *name = g_hash_table_contains(rebase->taken, &patch->id) ? NULL
									      : bond_of_patch(patch, bond);
		if (name)
			g_hash_table_insert(patches, name, patch);
	}
	return patches;
}

static void match_by(struct rebase *rebase, enum bond bond)
{
	g_autoptr(GHashTable) patches = open_patches(rebase, bond);

	for (guint p = 0; p < rebase->assignment->parts->len; p++) {
		g_autofree char *name = rebase->matches[p]
						? NULL
						: bond_of_part(rebase,
							       &g_array_index(rebase->assignment->parts,
									      struct ksig_part, p),
							       bond);
		struct ksig_patch *patch = name ? g_hash_table_lookup(patches, name) : NULL;
		if (patch && g_hash_table_add(rebase->taken, &patch->id))
			rebase->matches[p] = patch;
	}
}

/* What is contained has no part, and is a patch of before all the same. */
static void match_contained_by(struct rebase *rebase, enum bond bond)
{
	g_autoptr(GHashTable) patches = open_patches(rebase, bond);

	for (guint i = 0; i < rebase->assignment->contained->len; i++) {
		const struct ksig_contained_part *one = &g_array_index(rebase->assignment->contained,
								       struct ksig_contained_part, i);
		g_autofree char *name = bond_of_candidate(rebase, one->candidate, bond);
		const struct ksig_patch *patch = name ? g_hash_table_lookup(patches, name) : NULL;
		if (patch && !g_hash_table_contains(rebase->contained, &patch->id))
			g_hash_table_insert(rebase->contained, g_memdup2(&patch->id, sizeof patch->id),
					    (gpointer) one);
	}
}

/* How the candidate that a part is, and a patch, compare. */
enum verdict { SAME, ANOTHER, NOT_TOLD };

/*
 * A patch file that changes what it changed before is the same, and another if not, whatever of its lines its
 * neighbours have. A commit is if it was whole before and is now; if not, it is for the lines to tell.
 */
static enum verdict compare_candidate(const struct rebase *rebase, const struct ksig_part *part,
				      const struct ksig_patch *patch)
{
	uint32_t number = 0;

	if (!part->set)
		return NOT_TOLD;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(rebase->pool, part->candidate, &number);
	if (patch->member && origin->candidates[number].member) {
		g_autofree char *content = key_of_content(origin, number);
		if (content && patch->content)
			return g_str_equal(content, patch->content) ? SAME : ANOTHER;
	}
	g_autofree char *key = bond_of_part(rebase, part, BOND_KEY);
	g_autofree char *old_key = key_of_patch(patch);
	const bool whole = part->kind <= KSIG_PATCH_CONTEXT && patch->kind <= KSIG_PATCH_CONTEXT;
	return g_strcmp0(key, old_key) == 0 && (patch->member || whole) ? SAME : NOT_TOLD;
}

static bool compare_part(struct rebase *rebase, const struct ksig_built_step *step, GHashTable *before,
			 GHashTable *after, GError **error)
{
	const struct ksig_part *part = &g_array_index(rebase->assignment->parts, struct ksig_part,
						      step->part);
	const struct ksig_patch *patch = rebase->matches[step->part];
	char commit[GIT_OID_HEXSZ + 1];
	uint64_t old_sum = 0;

	if (!patch)
		return true;
	if (!sum_of_patch(rebase, before, patch->id, &old_sum, error))
		return false;
	git_oid_tostr(commit, sizeof commit, &step->commit);
	const enum verdict verdict = compare_candidate(rebase, part, patch);
	const bool same = verdict == SAME || (verdict == NOT_TOLD && add_sum(0, after, commit) == old_sum);
	rebase->actions[step->part] = same ? KSIG_STEP_CARRY : KSIG_STEP_REWORK;
	return true;
}

/* A vendor part is cut and named anew each time: it is the same patch if it changes the same. */
static bool match_vendor_parts(struct rebase *rebase, const GPtrArray *steps, GHashTable *before,
			       GHashTable *after, GError **error)
{
	g_autoptr(GHashTable) patches = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	for (guint i = 0; i < rebase->live->len; i++) {
		struct ksig_patch *patch = rebase->live->pdata[i];
		uint64_t sum = 0;
		if (patch->source || g_hash_table_contains(rebase->taken, &patch->id))
			continue;
		if (!sum_of_patch(rebase, before, patch->id, &sum, error))
			return false;
		if (sum != 0)
			g_hash_table_insert(patches, g_memdup2(&sum, sizeof sum), patch);
	}
	for (guint i = 0; i < steps->len; i++) {
		const struct ksig_built_step *step = steps->pdata[i];
		const struct ksig_part *part = &g_array_index(rebase->assignment->parts, struct ksig_part,
							      step->part);
		const uint64_t sum = add_sum(0, after, git_oid_tostr_s(&step->commit));
		struct ksig_patch *patch = part->set || rebase->matches[step->part]
						   ? NULL
						   : g_hash_table_lookup(patches, &sum);
		if (patch && g_hash_table_add(rebase->taken, &patch->id))
			rebase->matches[step->part] = patch;
	}
	return true;
}

bool rebase_match(struct rebase *rebase, const struct ksig_pool *pool, const ksig_assignment *assignment,
		  const GPtrArray *steps, GError **error)
{
	git_oid last = rebase->commit;

	rebase->pool = pool;
	rebase->assignment = assignment;
	rebase->matches = g_new0(struct ksig_patch *, rebase->assignment->parts->len + 1);
	rebase->actions = g_new0(enum ksig_step_action, rebase->assignment->parts->len + 1);
	for (guint i = 0; i < steps->len; i++) {
		const struct ksig_built_step *step = steps->pdata[i];
		if (!git_oid_is_zero(&step->commit))
			last = step->commit;
	}
	g_autoptr(GError) reason = NULL;
	g_autoptr(ksig_pool) put_on = commits_between(rebase, &rebase->commit, &last, &reason);
	if (!reason)
		rebase->steps = commits_between(rebase, &rebase->from_base_commit, &rebase->from_commit,
						&reason);
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	rebase->step_of = numbers_of_commits(rebase->steps);
	g_autoptr(GHashTable) before = sums_of_commits(rebase->steps);
	g_autoptr(GHashTable) after = sums_of_commits(put_on);
	for (int bond = 0; bond < BONDS; bond++)
		match_by(rebase, (enum bond) bond);
	rebase->contained = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	for (int bond = 0; bond < BONDS; bond++)
		match_contained_by(rebase, (enum bond) bond);
	if (!match_vendor_parts(rebase, steps, before, after, error))
		return false;
	for (guint i = 0; i < steps->len; i++)
		if (!compare_part(rebase, steps->pdata[i], before, after, error))
			return false;
	return true;
}
