/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two sides laid out: vendor's steps put together (reworks as git cherry-pick does), range-diff of
 * commits, or git diff of patch texts without line numbers.
 */
#include "history/upstream-diff.h"

#include "base/diff.h"
#include "history/history.h"
#include "upstream/upstream.h"

enum { GIT_TIMEOUT_MS = 120000 };

struct ksig_upstream_bench {
	ksig_catalog *catalog;
	ksig_store *store;
	ksig_scratch *scratch;
	char *git_dir;
	git_repository *repository;
	GHashTable *pools; /* name -> ksig_pool * of patch files */
};

const char *ksig_history_upstream_state_name(enum ksig_upstream_state state)
{
	static const char *const names[] = {"differs", "same", "unknown"};

	return names[state];
}

void ksig_history_upstream_diff_free(struct ksig_upstream_diff *diff)
{
	if (!diff)
		return;
	g_free(diff->with);
	g_free(diff->reason);
	g_free(diff->text);
	g_free(diff);
}

/* ---- the bench ----------------------------------------------------------------------------------- */

ksig_upstream_bench *ksig_history_upstream_open(ksig_catalog *catalog, ksig_store *store, GError **error)
{
	g_autoptr(ksig_upstream_bench) bench = g_new0(ksig_upstream_bench, 1);

	bench->catalog = catalog;
	bench->store = store;
	bench->pools = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					     (GDestroyNotify) ksig_upstream_pool_free);
	bench->scratch = ksig_directory_temporary(NULL, "ksig-upstream", error);
	if (!bench->scratch)
		return NULL;
	bench->git_dir = g_build_filename(bench->scratch, "git", NULL);
	bench->repository = ksig_tree_store_scratch(store, bench->git_dir, error);
	return bench->repository ? g_steal_pointer(&bench) : NULL;
}

void ksig_history_upstream_close(ksig_upstream_bench *bench)
{
	if (!bench)
		return;
	git_repository_free(bench->repository);
	g_hash_table_unref(bench->pools);
	ksig_scratch_free(bench->scratch);
	g_free(bench->git_dir);
	g_free(bench);
}

static struct ksig_upstream_diff *unknown(const char *with, const char *format, ...) G_GNUC_PRINTF(2, 3);
static struct ksig_upstream_diff *unknown(const char *with, const char *format, ...)
{
	struct ksig_upstream_diff *diff = g_new0(struct ksig_upstream_diff, 1);
	va_list arguments;

	diff->state = KSIG_UPSTREAM_UNKNOWN;
	diff->with = g_strdup(with);
	va_start(arguments, format);
	diff->reason = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	return diff;
}

/* ---- the two sides as commits -------------------------------------------------------------------- */

static git_commit *look_up(const struct ksig_upstream_bench *bench, const char *id)
{
	git_commit *commit = NULL;
	git_oid oid;

	return id && git_oid_fromstr(&oid, id) == 0 &&
			       git_commit_lookup(&commit, bench->repository, &oid) == 0
		       ? commit
		       : NULL;
}

static int write_commit(const struct ksig_upstream_bench *bench, const git_oid *tree_id,
			const git_oid *parent_id, git_oid *out_id)
{
	g_autoptr(git_signature) nobody = NULL;
	g_autoptr(git_tree) tree = NULL;
	g_autoptr(git_commit) parent = NULL;

	int code = git_signature_new(&nobody, "ksig", "ksig@invalid", 0, 0);
	if (code == 0)
		code = git_tree_lookup(&tree, bench->repository, tree_id);
	if (code == 0 && parent_id)
		code = git_commit_lookup(&parent, bench->repository, parent_id);
	const git_commit *parents[] = {parent};
	if (code == 0)
		code = git_commit_create(out_id, bench->repository, NULL, nobody, nobody, NULL, "patch", tree,
					 parent ? 1 : 0, parents);
	return code;
}

static int write_empty_tree(const struct ksig_upstream_bench *bench, git_oid *out_id)
{
	g_autoptr(git_treebuilder) builder = NULL;
	const int code = git_treebuilder_new(&builder, bench->repository, NULL);

	return code < 0 ? code : git_treebuilder_write(out_id, builder);
}

/* A change from the tree of COMMIT's first parent to TREE, as "BEFORE..AFTER"; NULL: libgit2 has the reason.
 */
static char *range_of(const struct ksig_upstream_bench *bench, const git_commit *commit, const git_oid *tree)
{
	g_autoptr(git_commit) parent = NULL;
	git_oid empty, before, after;
	char from[GIT_OID_HEXSZ + 1], to[GIT_OID_HEXSZ + 1];

	int code = write_empty_tree(bench, &empty);
	if (code == 0 && git_commit_parentcount(commit) > 0)
		code = git_commit_parent(&parent, commit, 0);
	if (code == 0)
		code = write_commit(bench, parent ? git_commit_tree_id(parent) : &empty, NULL, &before);
	if (code == 0)
		code = write_commit(bench, tree, &before, &after);
	if (code < 0)
		return NULL;
	git_oid_tostr(from, sizeof from, &before);
	git_oid_tostr(to, sizeof to, &after);
	return g_strdup_printf("%s..%s", from, to);
}

/* Puts the rework onto what there is so far, as git cherry-pick does; false: it does not go. */
static bool put_rework(const struct ksig_upstream_bench *bench, const char *rework, git_oid *tree)
{
	g_autoptr(git_commit) change = look_up(bench, rework);
	g_autoptr(git_commit) ours = NULL;
	git_index *index = NULL;
	git_oid id;

	int code = change ? write_commit(bench, tree, NULL, &id) : GIT_ENOTFOUND;
	if (code == 0)
		code = git_commit_lookup(&ours, bench->repository, &id);
	if (code == 0)
		code = git_cherrypick_commit(&index, bench->repository, change, ours, 0, NULL);
	const bool good = code == 0 && !git_index_has_conflicts(index) &&
			  git_index_write_tree_to(tree, index, bench->repository) == 0;
	git_index_free(index);
	return good;
}

/* The vendor's patch as it is now: as it was put in (or on again), and what was reworked since. */
struct vendor_side {
	git_commit *first;
	git_oid tree;
	char *reason; /* a rework that is left out */
};

static bool find_vendor(const struct ksig_upstream_bench *bench, int64_t patch_id, struct vendor_side *side,
			GError **error)
{
	g_autoptr(GPtrArray) steps = ksig_catalog_steps_of_patch(bench->catalog, patch_id, error);

	for (guint i = 0; steps && i < steps->len; i++) {
		const struct ksig_step *step = steps->pdata[i];
		if (!step->commit || step->action == KSIG_STEP_DROP)
			continue;
		if (step->action != KSIG_STEP_REWORK) {
			git_commit_free(side->first);
			side->first = look_up(bench, step->commit);
			if (side->first)
				side->tree = *git_commit_tree_id(side->first);
			g_clear_pointer(&side->reason, g_free);
		} else if (side->first && !put_rework(bench, step->commit, &side->tree)) {
			g_free(side->reason);
			side->reason = g_strdup_printf(
				"a rework (%.12s) stands on other patches and is left out", step->commit);
		}
	}
	return steps != NULL;
}

/* ---- the comparison ------------------------------------------------------------------------------ */

/* Takes git's output; its first line, which has ids of the scratch repository in it, is read and left out. */
static struct ksig_upstream_diff *diff_of(const char *with, const GString *output)
{
	struct ksig_upstream_diff *diff = g_new0(struct ksig_upstream_diff, 1);
	const char *end = strchr(output->str, '\n');

	diff->with = g_strdup(with);
	diff->state = end && end[1] ? KSIG_UPSTREAM_DIFFERS : KSIG_UPSTREAM_SAME;
	diff->text = diff->state == KSIG_UPSTREAM_DIFFERS ? g_strdup(end + 1) : NULL;
	return diff;
}

static struct ksig_upstream_diff *compare_commits(const struct ksig_upstream_bench *bench,
						  const git_commit *upstream, const char *id,
						  struct vendor_side *side)
{
	g_autofree char *theirs = range_of(bench, upstream, git_commit_tree_id(upstream));
	g_autofree char *ours = theirs ? range_of(bench, side->first, &side->tree) : NULL;
	const char *const arguments[] = {
		"--git-dir", bench->git_dir, "range-diff", "--no-color", "--creation-factor=999",
		theirs,      ours,           NULL};
	const struct ksig_process_options options = {.timeout_ms = GIT_TIMEOUT_MS};
	g_autoptr(GString) output = NULL;
	g_autoptr(GError) reason = NULL;

	if (!ours)
		return unknown(id, "%s", git_error_last() ? git_error_last()->message : "git error");
	if (!ksig_git_run(arguments, &options, NULL, &output, &reason))
		return unknown(id, "%s", reason->message);
	struct ksig_upstream_diff *diff = diff_of(id, output);
	diff->reason = g_steal_pointer(&side->reason);
	return diff;
}

/*
 * Files and lines of DIFF. Line numbers and blob ids say nothing of what was done, and range-diff leaves them
 * out as well; neither does what a mail has behind its last hunk.
 */
static char *without_numbers(const char *diff, size_t length)
{
	GString *plain = g_string_sized_new(length);
	struct ksig_diff reader = {0};

	for (const char *at = diff, *all = diff + length; at < all;) {
		const char *newline = memchr(at, '\n', (size_t) (all - at));
		const char *end = newline ? newline : all;
		const enum ksig_diff_line line = ksig_diff_see(&reader, at, (size_t) (end - at));
		if (line == KSIG_DIFF_HUNK)
			g_string_append_printf(plain, "@@%.*s\n", (int) (end - reader.context),
					       reader.context);
		else if (line != KSIG_DIFF_OTHER && line != KSIG_DIFF_GIT && line != KSIG_DIFF_SURPLUS)
			g_string_append_printf(plain, "%.*s\n", (int) (end - at), at);
		at = end + 1;
	}
	return g_string_free(plain, FALSE);
}

static struct ksig_upstream_diff *compare_texts(const struct ksig_upstream_bench *bench, const char *name,
						const char *theirs, const char *ours)
{
	g_autofree char *one = g_build_filename(bench->scratch, "upstream", NULL);
	g_autofree char *other = g_build_filename(bench->scratch, "vendor", NULL);
	const char *const arguments[] = {"--git-dir",  bench->git_dir,  "diff",       "--no-index",
					 "--no-color", "--no-ext-diff", "--patience", "--",
					 one,          other,           NULL};
	const struct ksig_process_options options = {.timeout_ms = GIT_TIMEOUT_MS};
	g_autoptr(GString) output = NULL;
	g_autoptr(GError) reason = NULL;
	int status = 0;

	if (!g_file_set_contents(one, theirs, -1, &reason) ||
	    !g_file_set_contents(other, ours, -1, &reason) ||
	    !ksig_git_run(arguments, &options, &status, &output, &reason) || status > 1)
		return unknown(name, "%s", reason ? reason->message : "git diff did not compare them");
	/* what stands above the first hunk names the two scratch files */
	const char *hunks = strstr(output->str, "\n@@ ");
	struct ksig_upstream_diff *diff = g_new0(struct ksig_upstream_diff, 1);
	diff->with = g_strdup(name);
	diff->state = status == 1 ? KSIG_UPSTREAM_DIFFERS : KSIG_UPSTREAM_SAME;
	diff->text = hunks ? g_strdup(hunks + 1) : NULL;
	return diff;
}

/* ---- patches in files ---------------------------------------------------------------------------- */

static const ksig_pool *pool_of(struct ksig_upstream_bench *bench, const char *name, GError **error)
{
	ksig_pool *pool = g_hash_table_lookup(bench->pools, name);
	g_autoptr(GPtrArray) known = pool ? NULL : ksig_catalog_upstreams(bench->catalog, error);

	for (guint i = 0; known && i < known->len && !pool; i++) {
		const struct ksig_catalog_upstream *upstream = known->pdata[i];
		if (!g_str_equal(upstream->name, name))
			continue;
		pool = ksig_upstream_pool_open(bench->store, upstream->argument, 0, error);
		if (pool)
			g_hash_table_insert(bench->pools, g_strdup(name), pool);
	}
	return pool;
}

static GBytes *member_text(const ksig_pool *pool, const char *member)
{
	for (guint i = 0; pool->members && i < pool->members->len; i++) {
		const struct ksig_patch_file *file = pool->members->pdata[i];
		if (g_str_equal(file->name, member))
			return file->text;
	}
	return NULL;
}

static struct ksig_upstream_diff *compare_member(struct ksig_upstream_bench *bench,
						 const struct ksig_patch *patch,
						 const struct vendor_side *side)
{
	g_autoptr(GError) reason = NULL;
	const ksig_pool *pool = pool_of(bench, patch->source, &reason);
	GBytes *bytes = pool ? member_text(pool, patch->member) : NULL;
	gsize length = 0;

	if (!bytes)
		return unknown(patch->member, "%s: no such patch there any more%s%s", patch->source,
			       reason ? ": " : "", reason ? reason->message : "");
	const char *text = g_bytes_get_data(bytes, &length);
	const char *diff = text;
	ksig_upstream_header_free(ksig_upstream_header_read(text, length, patch->member,
							    &diff)); /* for where the diff begins */
	g_autofree char *theirs = without_numbers(diff, length - (size_t) (diff - text));
	const char *id = git_oid_tostr_s(git_commit_id(side->first));
	GString *own = ksig_history_commit_diff_text(bench->store, id, &reason);
	if (!own)
		return unknown(patch->member, "%s", reason->message);
	g_autofree char *ours = without_numbers(own->str, own->len);
	g_string_free(own, TRUE);
	return compare_texts(bench, patch->member, theirs, ours);
}

static struct ksig_upstream_diff *compare(struct ksig_upstream_bench *bench, const struct ksig_patch *patch,
					  struct vendor_side *side)
{
	const char *id = patch->upstream;
	g_autoptr(git_commit) upstream = look_up(bench, id);

	if (!side->first)
		return unknown(NULL, "it changes no file");
	if (!upstream)
		upstream = look_up(bench, id = patch->candidate);
	if (upstream)
		return compare_commits(bench, upstream, id, side);
	if (patch->member && patch->source)
		return compare_member(bench, patch, side);
	if (patch->upstream || patch->candidate)
		return unknown(patch->upstream ? patch->upstream : patch->candidate,
			       "no repository at hand has that commit");
	return unknown(NULL, "no upstream commit is known for it");
}

struct ksig_upstream_diff *ksig_history_upstream_compare(ksig_upstream_bench *bench,
							 const struct ksig_patch *patch, GError **error)
{
	struct vendor_side side = {.first = NULL};
	struct ksig_upstream_diff *diff = find_vendor(bench, patch->id, &side, error)
						  ? compare(bench, patch, &side)
						  : NULL;

	git_commit_free(side.first);
	g_free(side.reason);
	return diff;
}
