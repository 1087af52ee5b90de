/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to a finished tree, and small changes to it. */
#include "tree/edit-internal.h"

static bool open_builder(ksig_store *store, const git_oid *tree, git_treebuilder **out_builder,
			 GError **error)
{
	g_autoptr(git_tree) source = NULL;
	int code = git_tree_lookup(&source, ksig_tree_store_repository(store), tree);

	if (code == 0)
		code = git_treebuilder_new(out_builder, ksig_tree_store_repository(store), source);
	if (code < 0)
		return ksig_tree_git_error(error, code, "tree %s", git_oid_tostr_s(tree));
	return true;
}

bool ksig_tree_without(ksig_store *store, const git_oid *tree, const char *name, git_oid *out_tree,
		       GError **error)
{
	g_autoptr(git_treebuilder) builder = NULL;

	if (!open_builder(store, tree, &builder, error))
		return false;
	if (git_treebuilder_get(builder, name))
		git_treebuilder_remove(builder, name);
	const int code = git_treebuilder_write(out_tree, builder);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s", ksig_tree_store_path(store));
	return true;
}

bool ksig_tree_with(ksig_store *store, const git_oid *tree, const char *name, const git_oid *subtree,
		    git_oid *out_tree, GError **error)
{
	g_autoptr(git_treebuilder) builder = NULL;

	if (!open_builder(store, tree, &builder, error))
		return false;
	int code = git_treebuilder_insert(NULL, builder, name, subtree, GIT_FILEMODE_TREE);
	if (code == 0)
		code = git_treebuilder_write(out_tree, builder);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s: %s", ksig_tree_store_path(store), name);
	return true;
}

char *ksig_tree_text(ksig_store *store, const git_oid *tree, const char *path)
{
	g_autoptr(git_tree) root = NULL;
	g_autoptr(git_tree_entry) entry = NULL;
	g_autoptr(git_blob) blob = NULL;

	if (git_tree_lookup(&root, ksig_tree_store_repository(store), tree) < 0 ||
	    git_tree_entry_bypath(&entry, root, path) < 0 || git_tree_entry_type(entry) != GIT_OBJECT_BLOB ||
	    git_blob_lookup(&blob, ksig_tree_store_repository(store), git_tree_entry_id(entry)) < 0)
		return NULL;
	return g_strndup(git_blob_rawcontent(blob), (gsize) git_blob_rawsize(blob));
}

static int count_entry(const char *folder, const git_tree_entry *entry, void *data)
{
	uint64_t *files = data;

	(void) folder;
	if (git_tree_entry_type(entry) != GIT_OBJECT_TREE)
		(*files)++;
	return 0;
}

bool ksig_tree_count_files(const ksig_store *store, const git_oid *tree, uint64_t *out_files, GError **error)
{
	g_autoptr(git_tree) root = NULL;
	uint64_t files = 0;
	int code = git_tree_lookup(&root, ksig_tree_store_repository(store), tree);

	if (code == 0)
		code = git_tree_walk(root, GIT_TREEWALK_PRE, count_entry, &files);
	if (code < 0)
		return ksig_tree_git_error(error, code, "tree %s", git_oid_tostr_s(tree));
	*out_files = files;
	return true;
}
