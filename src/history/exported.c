/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a commit of an exported branch back to its patch. */
#include "history/history.h"

static git_commit *look_up(const ksig_store *store, const char *id)
{
	const size_t length = strlen(id);
	git_commit *commit = NULL;
	git_oid oid;

	if (length > GIT_OID_HEXSZ || git_oid_fromstrn(&oid, id, length) != 0 ||
	    git_commit_lookup_prefix(&commit, ksig_tree_store_repository(store), &oid, length) != 0)
		return NULL;
	return commit;
}

static bool has_tree(const ksig_store *store, const char *commit, const git_oid *tree)
{
	g_autoptr(git_commit) step = commit ? look_up(store, commit) : NULL;

	return step && git_oid_equal(git_commit_tree_id(step), tree);
}

/* Has PATCH a step that ends with TREE? A trailer alone is only a claim. */
static bool has_step(ksig_catalog *catalog, const ksig_store *store, int64_t patch, const git_oid *tree)
{
	g_autoptr(GPtrArray) steps = ksig_catalog_steps_of_patch(catalog, patch, NULL);

	for (guint i = 0; steps && i < steps->len; i++)
		if (has_tree(store, ((const struct ksig_step *) steps->pdata[i])->commit, tree))
			return true;
	return false;
}

int64_t ksig_history_patch_of_commit(ksig_catalog *catalog, const ksig_store *store, const char *id)
{
	static const char trailer[] = "\nPatch: ";
	g_autoptr(git_commit) commit = look_up(store, id);
	const char *message = commit ? git_commit_message(commit) : "";
	int64_t patch = 0;

	for (const char *at = strstr(message, trailer); at; at = strstr(at + 1, trailer))
		patch = g_ascii_strtoll(at + strlen(trailer), NULL, 10);
	return patch > 0 && has_step(catalog, store, patch, git_commit_tree_id(commit)) ? patch : 0;
}
