/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paths in which two trees differ, with blobs and modes, sorted; renames are not looked for. Lines of a
 * file are compared in lines.c.
 */
#include "tree/tree.h"

static void change_free(void *data)
{
	struct ksig_change *change = data;

	g_free(change->path);
	g_free(change);
}

static int compare_changes(const void *a, const void *b)
{
	const struct ksig_change *const *left = a;
	const struct ksig_change *const *right = b;

	return strcmp((*left)->path, (*right)->path);
}

static struct ksig_change *change_new(const git_diff_delta *delta)
{
	struct ksig_change *change = g_new0(struct ksig_change, 1);

	change->path = g_strdup(delta->new_file.path ? delta->new_file.path : delta->old_file.path);
	git_oid_cpy(&change->old_blob, &delta->old_file.id);
	git_oid_cpy(&change->new_blob, &delta->new_file.id);
	change->old_mode = (uint16_t) (delta->status == GIT_DELTA_ADDED ? 0 : delta->old_file.mode);
	change->new_mode = (uint16_t) (delta->status == GIT_DELTA_DELETED ? 0 : delta->new_file.mode);
	return change;
}

static bool find_tree(const ksig_store *store, const git_oid *id, git_tree **out_tree, GError **error)
{
	if (!id)
		return true;
	const int code = git_tree_lookup(out_tree, ksig_tree_store_repository(store), id);
	if (code < 0)
		return ksig_tree_git_error(error, code, "tree %s", git_oid_tostr_s(id));
	return true;
}

GPtrArray *ksig_tree_changes(const ksig_store *store, const git_oid *old_tree, const git_oid *new_tree,
			     GError **error)
{
	g_autoptr(git_tree) from = NULL;
	g_autoptr(git_tree) to = NULL;
	g_autoptr(git_diff) diff = NULL;
	git_diff_options options = GIT_DIFF_OPTIONS_INIT;

	if (!find_tree(store, old_tree, &from, error) || !find_tree(store, new_tree, &to, error))
		return NULL;
	options.flags = GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_SKIP_BINARY_CHECK;
	const int code = git_diff_tree_to_tree(&diff, ksig_tree_store_repository(store), from, to, &options);
	if (code < 0) {
		ksig_tree_git_error(error, code, "difference to tree %s", git_oid_tostr_s(new_tree));
		return NULL;
	}
	GPtrArray *changes = g_ptr_array_new_with_free_func(change_free);
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++)
		g_ptr_array_add(changes, change_new(git_diff_get_delta(diff, i)));
	g_ptr_array_sort(changes, compare_changes);
	return changes;
}
