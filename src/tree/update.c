/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a tree changed at once, also where a file, a folder or a submodule takes the place of another. */
#include "tree/tree.h"

static git_object_t type_of(const git_tree_update *update)
{
	return update->filemode == GIT_FILEMODE_COMMIT ? GIT_OBJECT_COMMIT : GIT_OBJECT_BLOB;
}

/*
 * The entry that stands where the folder of UPDATE's path has to be, or something else where it itself does:
 * NULL if there is none in the way.
 */
static char *in_the_way(git_tree *tree, const git_tree_update *update)
{
	const char *path = update->path;
	g_autoptr(git_tree_entry) whole = NULL;

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		g_autofree char *parent = g_strndup(path, (gsize) (slash - path));
		g_autoptr(git_tree_entry) entry = NULL;
		if (git_tree_entry_bypath(&entry, tree, parent) < 0)
			return NULL;
		if (git_tree_entry_type(entry) != GIT_OBJECT_TREE)
			return g_steal_pointer(&parent);
	}
	if (git_tree_entry_bypath(&whole, tree, path) == 0 && git_tree_entry_type(whole) != type_of(update))
		return g_strdup(path);
	return NULL;
}

static bool is_file(git_tree *tree, const char *path)
{
	g_autoptr(git_tree_entry) entry = NULL;

	return git_tree_entry_bypath(&entry, tree, path) == 0 &&
	       git_tree_entry_type(entry) != GIT_OBJECT_TREE;
}

/* Removes PATH, which is there, from TREE; a folder that this leaves empty goes too. */
static int without(git_repository *repository, git_tree **tree, const char *path)
{
	const git_tree_update removal = {.action = GIT_TREE_UPDATE_REMOVE, .path = path};
	git_oid id;
	int code = git_tree_create_updated(&id, repository, *tree, 1, &removal);

	git_tree_free(g_steal_pointer(tree));
	return code == 0 ? git_tree_lookup(tree, repository, &id) : code;
}

/* What goes, goes first; then what is in the way of what comes; then that comes. */
static int update_slowly(git_repository *repository, git_tree *tree, size_t n_updates,
			 const git_tree_update *updates, git_oid *out_tree)
{
	g_autofree git_tree_update *upserts = g_new(git_tree_update, n_updates + 1);
	g_autoptr(git_tree) at = NULL;
	size_t n_upserts = 0;
	int code = git_tree_dup(&at, tree);

	for (size_t i = 0; i < n_updates && code == 0; i++) {
		if (updates[i].action == GIT_TREE_UPDATE_UPSERT)
			upserts[n_upserts++] = updates[i];
		else if (is_file(at, updates[i].path))
			code = without(repository, &at, updates[i].path);
	}
	for (size_t i = 0; i < n_upserts && code == 0; i++) {
		g_autofree char *way = in_the_way(at, &upserts[i]);
		if (way)
			code = without(repository, &at, way);
	}
	return code == 0 ? git_tree_create_updated(out_tree, repository, at, n_upserts, upserts) : code;
}

int ksig_tree_update(git_repository *repository, git_tree *tree, size_t n_updates,
		     const git_tree_update *updates, git_oid *out_tree)
{
	/* libgit2 refuses what changes between file, folder and submodule; that is rare, and this is fast. */
	if (git_tree_create_updated(out_tree, repository, tree, n_updates, updates) == 0)
		return 0;
	return update_slowly(repository, tree, n_updates, updates, out_tree);
}
