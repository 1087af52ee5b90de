/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run: base, release and pools opened, then kernel by kernel target, changelog, rounds, imports and
 * assignment; record.c writes the result. One that is known is compared by its tree.
 */
#include "breakdown/commit-internal.h"

#include "breakdown/dates-internal.h"
#include "breakdown/heal-internal.h"
#include "breakdown/carried-internal.h"
#include "breakdown/rebase-internal.h"
#include "breakdown/record-internal.h"
#include "breakdown/unexplained-places-internal.h"
#include "match/changelog-likelihood.h"
#include "match/model-file.h"

#include <malloc.h>
#include <string.h>

void ksig_breakdown_revision_free(struct ksig_breakdown_revision *revision)
{
	if (!revision)
		return;
	g_free(revision->label);
	g_free(revision->tree);
	g_free(revision->nearer);
	g_free(revision->latest_by);
	g_free(revision->gap_from);
	g_free(revision->gap_to);
	g_clear_pointer(&revision->rest, g_ptr_array_unref);
	g_free(revision);
}

/* ---- the workspace ------------------------------------------------------------------------------- */

static bool add_base(struct ksig_work *work, const struct ksig_kernel *kernel, GError **error)
{
	char tree[GIT_OID_HEXSZ + 1];
	char commit[GIT_OID_HEXSZ + 1];
	git_oid id;

	if (!commit_write(work->store, &kernel->tree, NULL, "base", &id, error))
		return false;
	git_oid_tostr(tree, sizeof tree, &kernel->tree);
	git_oid_tostr(commit, sizeof commit, &id);
	struct ksig_revision revision = {
		.label = kernel->label, .argument = kernel->argument, .tree = tree, .commit = commit};
	if (!commit_keep(work->store, "base", commit, error) || !ksig_tree_store_sync(work->store, error) ||
	    !ksig_catalog_begin(work->catalog, error))
		return false;
	if (ksig_catalog_add_revision(work->catalog, &revision, error) &&
	    ksig_match_entries_record_base(work->catalog, kernel, work->changelog, revision.id, error) &&
	    ksig_catalog_commit(work->catalog, error))
		return true;
	ksig_catalog_rollback(work->catalog);
	return false;
}

/* The base of the workspace: made now, or the one that is there, which BASE (if given) must be. */
static bool ensure_base(struct ksig_work *work, const char *base, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(work->catalog, error);
	g_autoptr(ksig_kernel) kernel = NULL;

	if (!revisions)
		return false;
	if (!base && revisions->len == 0)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: no base yet: say --base KERNEL",
				      ksig_tree_store_workspace(work->store));
	if (!base)
		return true;
	kernel = ksig_tree_kernel_import(work->store, base, error);
	if (!kernel)
		return false;
	if (revisions->len == 0)
		return add_base(work, kernel, error);
	const struct ksig_revision *first = revisions->pdata[0];
	if (g_str_equal(first->tree, git_oid_tostr_s(&kernel->tree)))
		return true;
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: the base of this workspace is %s, another tree; use a new workspace", base,
			      first->label);
}

static bool open_release(struct ksig_work *work, const char *release, GError **error)
{
	if (release)
		work->release = ksig_tree_kernel_import(work->store, release, error);
	return !release || work->release;
}

/* ---- pools --------------------------------------------------------------------------------------- */

/* The pools that were declared the vendor's own, now or before. */
static void note_own(struct ksig_work *work, const struct ksig_breakdown_options *options,
		     const GPtrArray *known)
{
	work->own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (const char *const *name = options->own; name && *name; name++)
		g_hash_table_add(work->own, g_strdup(*name));
	for (guint i = 0; i < known->len; i++) {
		const struct ksig_catalog_upstream *upstream = known->pdata[i];
		if (upstream->own)
			g_hash_table_add(work->own, g_strdup(upstream->name));
	}
}

/* A name that no pool has was mistyped. */
static bool check_own(const struct ksig_work *work, const struct ksig_breakdown_options *options,
		      GError **error)
{
	for (const char *const *name = options->own; name && *name; name++) {
		bool found = false;
		for (guint i = 0; i < work->pools->len; i++)
			found |= g_str_equal(((const struct ksig_pool *) work->pools->pdata[i])->name, *name);
		if (!found)
			return ksig_error_set(error, KSIG_ERROR_USAGE, "--own=%s: no upstream is called so",
					      *name);
	}
	return true;
}

static bool open_pools(struct ksig_work *work, const struct ksig_breakdown_options *options, GError **error)
{
	g_autoptr(GPtrArray) known = ksig_catalog_upstreams(work->catalog, error);

	if (!known)
		return false;
	note_own(work, options, known);
	if (options->upstreams && options->upstreams[0]) {
		for (const char *const *argument = options->upstreams; *argument; argument++) {
			struct ksig_pool *pool = ksig_upstream_pool_open(work->store, *argument,
									 options->n_jobs, error);
			if (!pool)
				return false;
			g_ptr_array_add(work->pools, pool);
		}
	} else {
		for (guint i = 0; i < known->len; i++) {
			const struct ksig_catalog_upstream *upstream = known->pdata[i];
			struct ksig_pool *pool = ksig_upstream_pool_open(work->store, upstream->argument,
									 options->n_jobs, error);
			if (!pool)
				return false;
			g_ptr_array_add(work->pools, pool);
		}
	}
	work->pool = ksig_upstream_pool_join(work->pools);
	return check_own(work, options, error);
}

static bool keep_upstreams(struct ksig_work *work, GError **error)
{
	for (guint i = 0; i < work->pools->len; i++) {
		const struct ksig_pool *pool = work->pools->pdata[i];
		const struct ksig_catalog_upstream upstream = {
			.name = pool->name,
			.argument = pool->argument,
			.own = g_hash_table_contains(work->own, pool->name)};
		if (!ksig_catalog_put_upstream(work->catalog, &upstream, error))
			return false;
	}
	return true;
}

/* ---- one revision -------------------------------------------------------------------------------- */

/* What the changelog names, and what earlier revisions taught of its word. */
static bool read_changelog(struct ksig_work *work, const struct ksig_kernel *kernel,
			   struct ksig_match_question *question, GError **error)
{
	g_autoptr(GError) reason = NULL;

	work->entries = ksig_match_entries_collect(work->catalog, work->pool, kernel, work->changelog,
						   &reason);
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	question->named = work->entries ? work->entries->named : NULL;
	question->named_is_partial = work->entries && work->entries->lacks_kernel;
	return !work->entries ||
	       ksig_match_agreement_recall(work->catalog, &question->agreement_before, error);
}

static bool collect_reversals(struct ksig_work *work, GError **error)
{
	g_autoptr(GError) reason = NULL;

	if (work->rebase)
		return true;
	work->undo = ksig_assign_reverse_steps_collect(&work->chain, work->catalog, work->target,
						       &work->model->parameters, &reason);
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	return !reason;
}

static bool explain(struct ksig_work *work, const git_oid *old_tree, const struct ksig_kernel *kernel,
		    GError **error)
{
	work->target = ksig_match_target_new(work->store, old_tree, &kernel->tree, error);
	if (!work->target || !ksig_match_target_join_renames(work->target, work->pool, error))
		return false;
	struct ksig_match_question question = {.pool = work->pool,
					       .target = work->target,
					       .model = work->model,
					       .threshold = work->threshold,
					       .carried = work->carried,
					       .in_base = work->in_base};
	if (!read_changelog(work, kernel, &question, error))
		return false;
	dates_ask(work, kernel, &question);
	work->rounds = ksig_match_ask(&question, NULL, NULL);
	if (!collect_reversals(work, error))
		return false;
	work->imports = ksig_match_imports_find(work->rounds, work->threshold);
	const struct ksig_claimants claimants = {work->undo, work->imports, work->entries};
	work->assignment = ksig_assign_make(work->rounds, &claimants, work->threshold, error);
	return work->assignment != NULL;
}

static void forget(struct ksig_work *work)
{
	g_clear_pointer(&work->rebase, rebase_free);
	g_clear_pointer(&work->verifier, ksig_tree_verifier_free);
	g_clear_pointer(&work->assignment, ksig_assign_free);
	g_clear_pointer(&work->imports, ksig_match_imports_free);
	g_clear_pointer(&work->undo, ksig_assign_reverse_steps_free);
	g_clear_pointer(&work->entries, ksig_match_entries_free);
	g_clear_pointer(&work->rounds, ksig_match_rounds_free);
	g_clear_pointer(&work->target, ksig_match_target_free);
	malloc_trim(
		0); /* hundreds of megabytes in small pieces, which glibc would keep for the next revision */
}

static bool is_known(struct ksig_work *work, const struct ksig_kernel *kernel,
		     struct ksig_breakdown_revision *result, bool *out_known, GError **error)
{
	g_autoptr(ksig_revision) known = NULL;

	if (!ksig_catalog_known_revision(work->catalog, kernel->label, &known, error))
		return false;
	*out_known = known != NULL;
	if (!known)
		return true;
	if (!g_str_equal(known->tree, result->tree))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "revision %s is in the workspace with another tree (NAME=%s calls this "
				      "one otherwise)",
				      kernel->label, kernel->argument);
	result->known = true;
	result->changed_lines = (uint64_t) known->changed_lines;
	result->explained_lines = (uint64_t) known->explained_lines;
	return unexplained_places_sum(work, known->id, result, error);
}

/* The revision is recorded: what it wrote becomes one pack. */
static bool pack(struct ksig_work *work, const git_oid *old_commit, GError **error)
{
	git_oid tree;
	git_oid commit;

	return known_last(work->catalog, &tree, &commit, error) &&
	       ksig_tree_store_pack(work->store, old_commit, &commit, error);
}

static bool break_down(struct ksig_work *work, const struct ksig_kernel *kernel,
		       struct ksig_breakdown_revision *result, GError **error)
{
	git_oid old_tree;
	git_oid old_commit;
	bool known = false;

	result->label = g_strdup(kernel->label);
	result->tree = g_strdup(git_oid_tostr_s(&kernel->tree));
	if (!is_known(work, kernel, result, &known, error))
		return false;
	if (known)
		return true;
	if (!known_last(work->catalog, &old_tree, &old_commit, error) ||
	    (work->release && !rebase_begin(work->store, work->catalog, work->release, &work->rebase,
					    &old_tree, &old_commit, error)) ||
	    !known_carried(work, error) || !explain(work, &old_tree, kernel, error))
		return false;
	const bool good = record_revision(work, kernel, &old_commit, result, error);
	forget(work);
	return good && pack(work, &old_commit, error);
}

static bool run_kernels(struct ksig_work *work, const char *const *kernels, GPtrArray *results,
			GError **error)
{
	for (const char *const *argument = kernels; *argument; argument++) {
		g_autoptr(ksig_kernel) kernel = ksig_tree_kernel_import(work->store, *argument, error);
		struct ksig_breakdown_revision *result = g_new0(struct ksig_breakdown_revision, 1);
		g_ptr_array_add(results, result);
		if (!kernel)
			return false;
		if (!break_down(work, kernel, result, error)) {
			g_prefix_error(error, "%s: ", kernel->argument);
			return false;
		}
	}
	return true;
}

/* ---- the whole run ------------------------------------------------------------------------------- */

static void work_clear(struct ksig_work *work)
{
	forget(work);
	ksig_assign_reverse_chain_clear(&work->chain);
	ksig_match_model_free(work->model);
	ksig_tree_kernel_free(work->release);
	g_free(work->carried);
	g_free(work->in_base);
	g_clear_pointer(&work->own, g_hash_table_unref);
	g_clear_pointer(&work->searched, g_hash_table_unref);
	ksig_upstream_pool_free(work->pool);
	g_clear_pointer(&work->pools, g_ptr_array_unref);
	ksig_catalog_free(work->catalog);
	ksig_lock_free(work->lock);
	ksig_tree_store_free(work->store);
}

static void pool_free(void *pool)
{
	ksig_upstream_pool_free(pool);
}

static bool open_model(struct ksig_work *work, const struct ksig_breakdown_options *options, GError **error)
{
	work->model = ksig_match_model_load(options->model, error);
	if (!work->model)
		return false;
	work->threshold = options->min_confidence > 0 ? (float) options->min_confidence
						      : work->model->parameters.threshold;
	return true;
}

/* What the base has by the history that it is of: where the base is not at hand any more, nothing is known.
 */
static void note_base(struct ksig_work *work)
{
	g_autoptr(ksig_kernel) base = NULL;

	if (!work->release) {
		g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(work->catalog, NULL);
		const struct ksig_revision *first = revisions && revisions->len > 0 ? revisions->pdata[0]
										    : NULL;
		if (first && first->argument && g_str_has_prefix(first->argument, "git:"))
			base = ksig_tree_kernel_import(work->store, first->argument, NULL);
	}
	if (work->release || base)
		work->in_base = dates_in_base(work, work->release ? work->release : base);
}

static bool run(struct ksig_work *work, const struct ksig_breakdown_options *options, GPtrArray *results,
		GError **error)
{
	if (!open_model(work, options, error) ||
	    (options->date && !dates_parse(options->date, &work->date_s, error)))
		return false;
	work->date = options->date;
	work->store = ksig_tree_store_open(options->workspace, error);
	if (!work->store)
		return false;
	work->lock = ksig_tree_workspace_lock(work->store, error);
	if (!work->lock)
		return false;
	work->catalog = ksig_catalog_open(options->workspace, true, error);
	if (!work->catalog)
		return false;
	if (!heal(work, options->workspace, options->kernels, error) ||
	    !ensure_base(work, options->base, error) || !open_release(work, options->rebase, error) ||
	    !open_pools(work, options, error) || !keep_upstreams(work, error))
		return false;
	note_base(work);
	return run_kernels(work, options->kernels, results, error);
}

bool ksig_breakdown_run(const struct ksig_breakdown_options *options, GPtrArray **out_revisions,
			GError **error)
{
	g_autoptr(GPtrArray)
		results = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_breakdown_revision_free);
	struct ksig_work work = {
		.pools = g_ptr_array_new_with_free_func(pool_free),
		.changelog = options->changelog,
	};
	const bool good = run(&work, options, results, error);

	work_clear(&work);
	if (good)
		*out_revisions = g_steal_pointer(&results);
	return good;
}
