/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commits that carry no part (the base, a release), and the references below refs/ksig that keep each
 * revision's commit.
 */
#include "breakdown/commit-internal.h"

bool commit_write(const ksig_store *store, const git_oid *tree, const git_oid *parent, const char *message,
		  git_oid *out_commit, GError **error)
{
	g_autoptr(git_odb) odb = NULL;
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, "tree %s\n", git_oid_tostr_s(tree));
	if (parent)
		g_string_append_printf(text, "parent %s\n", git_oid_tostr_s(parent));
	g_string_append_printf(text, "author ksig <ksig> 0 +0000\ncommitter ksig <ksig> 0 +0000\n\n%s\n",
			       message);
	int code = git_repository_odb(&odb, ksig_tree_store_repository(store));
	if (code == 0)
		code = git_odb_write(out_commit, odb, text->str, text->len, GIT_OBJECT_COMMIT);
	return code == 0 || ksig_tree_git_error(error, code, "commit");
}

bool commit_keep(const ksig_store *store, const char *name, const char *commit, GError **error)
{
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA1, name, -1);
	g_autofree char *reference_name = g_strdup_printf("refs/ksig/%s", digest);
	g_autoptr(git_reference) reference = NULL;
	git_oid id;
	int code = git_oid_fromstr(&id, commit);

	if (code == 0)
		code = git_reference_create(&reference, ksig_tree_store_repository(store), reference_name,
					    &id, 1, NULL);
	return code == 0 || ksig_tree_git_error(error, code, "%s", reference_name);
}
