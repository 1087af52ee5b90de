/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name that a file had before a step renamed it, by libgit2's search for similar files. */
#include "history/renames-internal.h"
#include "history/diff-internal.h"
#include "tree/tree.h"

/* The delta by which PATH is added; NULL: there is none. */
static const git_diff_delta *find_delta(git_diff *diff, const char *path)
{
	for (size_t i = 0; i < git_diff_num_deltas(diff); i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);
		if (g_str_equal(delta->new_file.path, path))
			return delta;
	}
	return NULL;
}

char *ksig_rename_source(const ksig_store *store, const char *commit, const char *path, GError **error)
{
	g_autoptr(git_tree) old_tree = NULL;
	g_autoptr(git_tree) new_tree = NULL;
	g_autoptr(git_diff) diff = NULL;
	git_diff_find_options find = GIT_DIFF_FIND_OPTIONS_INIT;

	if (!ksig_commit_trees(store, commit, &old_tree, &new_tree, error))
		return NULL;
	find.flags = GIT_DIFF_FIND_RENAMES;
	int code = git_diff_tree_to_tree(&diff, ksig_tree_store_repository(store), old_tree, new_tree, NULL);
	if (code == 0)
		code = git_diff_find_similar(diff, &find);
	if (code < 0) {
		ksig_tree_git_error(error, code, "%s: commit %s", ksig_tree_store_path(store), commit);
		return NULL;
	}
	const git_diff_delta *delta = find_delta(diff, path);
	return delta && delta->status == GIT_DELTA_RENAMED ? g_strdup(delta->old_file.path) : NULL;
}
