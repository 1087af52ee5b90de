/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens an upstream: a git range by its index, extended if it has only moved on, patch files each time; and
 * steps of ksig's own chain, turned round.
 */
#include "upstream/argument-internal.h"
#include "upstream/git-reader-internal.h"
#include "upstream/ids-internal.h"
#include "upstream/index-internal.h"
#include "upstream/members-internal.h"
#include "upstream/upstream.h"
#include "base/diff.h"

#include <string.h>

enum { ID_DIGITS = 40 };

void ksig_upstream_pool_free(struct ksig_pool *pool)
{
	if (!pool)
		return;
	ksig_index_unmap(pool);
	ksig_pool_writer_free(pool->storage);
	g_clear_pointer(&pool->members, g_ptr_array_unref);
	g_clear_pointer(&pool->origins, g_array_unref);
	g_clear_pointer(&pool->ids, g_array_unref);
	g_free(pool->twins);
	g_free(pool->next_twins);
	g_free(pool->version_groups);
	g_free(pool->next_versions);
	g_free(pool->name);
	g_free(pool->argument);
	g_free(pool->git_dir);
	g_free(pool);
}

/* ---- git ----------------------------------------------------------------------------------------- */

static char *index_path(const ksig_store *store, const char *git_dir, const char *from,
			const upstream_argument *argument, GError **error)
{
	g_autofree char *folder = g_build_filename(ksig_tree_store_workspace(store), "index", NULL);
	g_autofree char *key = g_strdup_printf("%s\n%s\n%s", git_dir, from, argument->to);
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
	g_autofree char *file = g_strdup_printf("%s-%.16s.idx", argument->name, digest);

	if (!ksig_directory_make(folder, error))
		return NULL;
	return g_build_filename(folder, file, NULL);
}

/* Whether the commits that the index holds all lead to TO, so that the newer ones can be added behind them.
 */
static bool leads_to(const ksig_store *store, const char *indexed, const git_oid *to)
{
	git_oid old;

	return git_oid_fromstr(&old, indexed) == 0 &&
	       git_graph_descendant_of(ksig_tree_store_repository(store), to, &old) == 1;
}

static bool build_index(const ksig_store *store, const char *path, const struct ksig_git_reader *git,
			const git_oid *to, GError **error)
{
	g_autoptr(ksig_pool_writer) writer = ksig_pool_writer_new();
	struct ksig_git_reader rest = *git;
	struct ksig_pool old;
	struct ksig_pool grown;
	char indexed[ID_DIGITS + 1];

	if (ksig_index_map(path, &old, indexed)) {
		if (leads_to(store, indexed, to)) {
			ksig_pool_writer_append(writer, &old);
			rest.exclude = indexed;
		}
		ksig_index_unmap(&old);
	}
	if (!ksig_git_reader_run(&rest, writer, error))
		return false;
	ksig_pool_writer_view(writer, &grown);
	return ksig_index_write(path, &grown, git->include, error);
}

/* Maps the index at PATH, made or extended before if it does not reach TO. */
static bool open_index(const ksig_store *store, const char *path, const struct ksig_git_reader *git,
		       const git_oid *to, struct ksig_pool *pool, GError **error)
{
	char indexed[ID_DIGITS + 1];
	const bool mapped = ksig_index_map(path, pool, indexed);

	if (mapped && g_str_equal(indexed, git->include))
		return true;
	if (mapped)
		ksig_index_unmap(pool);
	if (!build_index(store, path, git, to, error))
		return false;
	return ksig_index_map(path, pool, indexed) ||
	       ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: not readable once written", path);
}

static bool open_git(ksig_store *store, const upstream_argument *argument, unsigned n_jobs,
		     struct ksig_pool *pool, GError **error)
{
	g_autofree char *git_dir = NULL;
	git_oid from_id;
	git_oid to_id;
	char from[ID_DIGITS + 1];
	char to[ID_DIGITS + 1];

	if (!ksig_tree_store_attach(store, argument->place, &git_dir, error))
		return false;
	if (!ksig_tree_store_resolve(git_dir, argument->from, &from_id, error) ||
	    !ksig_tree_store_resolve(git_dir, argument->to, &to_id, error)) {
		g_prefix_error(error, "%s: ", argument->place);
		return false;
	}
	git_oid_tostr(from, sizeof from, &from_id);
	git_oid_tostr(to, sizeof to, &to_id);
	g_autofree char *path = index_path(store, git_dir, from, argument, error);
	if (!path)
		return false;
	const struct ksig_git_reader git = {
		.git_dir = git_dir, .exclude = from, .include = to, .n_jobs = n_jobs};
	if (!open_index(store, path, &git, &to_id, pool, error))
		return false;
	pool->git_dir = g_steal_pointer(&git_dir);
	return true;
}

static bool open_kind(ksig_store *store, const upstream_argument *argument, unsigned n_jobs,
		      struct ksig_pool *pool, GError **error)
{
	if (g_str_equal(argument->kind, "git"))
		return open_git(store, argument, n_jobs, pool, error);
	if (g_str_equal(argument->kind, "quilt") || g_str_equal(argument->kind, "mbox")) {
		GPtrArray *members = g_str_equal(argument->kind, "quilt")
					     ? ksig_upstream_patch_files_of_quilt(argument->place, error)
					     : ksig_upstream_patch_files_of_mbox(argument->place, error);
		if (!members)
			return false;
		return ksig_pool_read_members(pool, members, error);
	}
	return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a kind of upstream (git, quilt or mbox)",
			      argument->kind);
}

struct ksig_pool *ksig_upstream_pool_open(ksig_store *store, const char *text, unsigned n_jobs,
					  GError **error)
{
	g_auto(upstream_argument) argument = {0};
	g_autoptr(ksig_pool) pool = g_new0(ksig_pool, 1);

	if (!argument_parse(text, &argument, error) || !open_kind(store, &argument, n_jobs, pool, error))
		return NULL;
	ids_count(pool);
	pool->argument = argument_absolute(&argument);
	pool->name = g_steal_pointer(&argument.name);
	return g_steal_pointer(&pool);
}

static bool read_undo(const struct ksig_git_reader *git, struct ksig_pool *pool, GError **error)
{
	g_autoptr(ksig_pool_writer) writer = ksig_pool_writer_new();

	if (!ksig_git_reader_run(git, writer, error))
		return false;
	ksig_pool_writer_view(writer, pool);
	pool->storage = g_steal_pointer(&writer);
	return true;
}

static bool index_undo(const ksig_store *store, const struct ksig_git_reader *git, struct ksig_pool *pool,
		       GError **error)
{
	g_autofree char *folder = g_build_filename(ksig_tree_store_workspace(store), "index", NULL);
	g_autofree char *file = g_strdup_printf("steps-%.16s.idx", git->exclude);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	git_oid to;

	if (!ksig_directory_make(folder, error))
		return false;
	const int code = git_oid_fromstr(&to, git->include);
	return code == 0 ? open_index(store, path, git, &to, pool, error)
			 : ksig_tree_git_error(error, code, "%s", git->include);
}

struct ksig_pool *ksig_upstream_pool_open_undo(const ksig_store *store, const char *from, const char *to,
					       bool keep, GError **error)
{
	g_autoptr(ksig_pool) pool = g_new0(ksig_pool, 1);
	const struct ksig_git_reader git = {.git_dir = ksig_tree_store_path(store),
					    .exclude = from,
					    .include = to,
					    .n_jobs = 0,
					    .undo = true};

	if (!(keep ? index_undo(store, &git, pool, error) : read_undo(&git, pool, error)))
		return NULL;
	pool->git_dir = g_strdup(git.git_dir);
	return g_steal_pointer(&pool);
}
