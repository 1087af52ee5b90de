/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a KERNEL argument is (git:, .dsc, .rpm, folder, dist-git, tarball), and what it is called; tarballs
 * are remembered by digest, folders read anew.
 */
#include "tree/digest-internal.h"
#include "tree/dsc-internal.h"
#include "tree/folder-internal.h"
#include "tree/recall-internal.h"
#include "tree/srpm-internal.h"
#include "tree/tarball-internal.h"
#include "tree/tree-internal.h"
#include "rpm/rpm.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

/* ---- a tarball ----------------------------------------------------------------------------------- */

static char *label_of_tarball(const char *path)
{
	char *name = g_path_get_basename(path);
	char *end = g_strrstr(name, ".tar");

	if (end && end != name)
		*end = '\0';
	return name;
}

static bool import_tarball(ksig_store *store, struct ksig_kernel *kernel, GError **error)
{
	g_autofree char *digest = ksig_digest_file(kernel->argument, error);

	if (!digest || !ksig_tarball_import(store, kernel->argument, digest, &kernel->tree, error))
		return false;
	kernel->label = label_of_tarball(kernel->argument);
	return true;
}

/* ---- a folder ------------------------------------------------------------------------------------ */

/* A folder has no digest but its tree id: it is read every time, and remembered so that git keeps it. */
static bool import_folder(ksig_store *store, struct ksig_kernel *kernel, GError **error)
{
	if (!ksig_folder_import(store, kernel->argument, &ksig_import_limits_default, &kernel->tree, error))
		return false;
	g_autofree char *absolute = g_canonicalize_filename(kernel->argument, NULL);
	kernel->label = g_path_get_basename(absolute);
	const char *const digests[] = {git_oid_tostr_s(&kernel->tree), NULL};
	g_autofree char *key = ksig_import_key("folder-1", digests);
	return ksig_import_remember(store, key, kernel, error);
}

/* A spec in it or in SPECS, and no kernel around it. */
static bool is_dist_git(const char *folder)
{
	g_autofree char *spec = ksig_rpm_dist_git(folder, NULL);
	g_autofree char *kconfig = g_build_filename(folder, "Kconfig", NULL);
	g_autofree char *makefile = g_build_filename(folder, "Makefile", NULL);

	return spec && !g_file_test(kconfig, G_FILE_TEST_EXISTS) &&
	       !g_file_test(makefile, G_FILE_TEST_EXISTS);
}

/* ---- a revision of a repository ------------------------------------------------------------------- */

/* The '@' before the revision: the last one that does not belong to it ("HEAD@{1}"). */
static char *find_at(char *text)
{
	char *at = strrchr(text, '@');

	while (at && at[1] == '{') {
		*at = '\0';
		char *before = strrchr(text, '@');
		*at = '@';
		at = before;
	}
	return at;
}

static bool find_tree(ksig_store *store, const char *git_dir, const char *revision,
		      struct ksig_kernel *kernel, GError **error)
{
	g_autoptr(git_commit) commit = NULL;
	g_autoptr(git_tree) tree = NULL;

	if (!ksig_tree_store_resolve(git_dir, revision, &kernel->commit, error))
		return false;
	int code = git_commit_lookup(&commit, ksig_tree_store_repository(store), &kernel->commit);
	if (code == 0)
		code = git_commit_tree(&tree, commit);
	if (code < 0)
		return ksig_tree_git_error(error, code, "%s: the tree of %s", git_dir, revision);
	git_oid_cpy(&kernel->tree, git_tree_id(tree));
	kernel->committed = git_commit_time(commit);
	return true;
}

static bool import_revision(ksig_store *store, struct ksig_kernel *kernel, GError **error)
{
	g_autofree char *repository = g_strdup(kernel->argument + strlen("git:"));
	g_autofree char *git_dir = NULL;
	char *at = find_at(repository);

	if (!at || at == repository || !at[1])
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: git:REPOSITORY@REVISION expected",
				      kernel->argument);
	*at = '\0';
	const char *revision = at + 1;
	if (!ksig_tree_store_attach(store, repository, &git_dir, error) ||
	    !find_tree(store, git_dir, revision, kernel, error))
		return false;
	kernel->label = g_strdup(g_str_has_prefix(revision, "refs/tags/") ? revision + strlen("refs/tags/")
									  : revision);
	return true;
}

/* ---- all of them --------------------------------------------------------------------------------- */

static bool import(ksig_store *store, struct ksig_kernel *kernel, GError **error)
{
	const char *argument = kernel->argument;

	if (g_str_has_prefix(argument, "git:"))
		return import_revision(store, kernel, error);
	if (g_access(argument, F_OK) != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", argument, g_strerror(errno));
	if (g_file_test(argument, G_FILE_TEST_IS_DIR))
		return is_dist_git(argument) ? ksig_kernel_import_dist_git(store, kernel, error)
					     : import_folder(store, kernel, error);
	if (g_str_has_suffix(argument, ".dsc"))
		return ksig_kernel_import_dsc(store, kernel, error);
	if (g_str_has_suffix(argument, ".rpm"))
		return ksig_kernel_import_srpm(store, kernel, error);
	return import_tarball(store, kernel, error);
}

/* The place of "NAME=PLACE", and of what has no name; a file that is called so comes first. */
static const char *place_of(const char *argument, char **out_name)
{
	const size_t length = strcspn(argument, "=:/");

	if (length == 0 || argument[length] != '=' || argument[length + 1] == '\0' ||
	    g_file_test(argument, G_FILE_TEST_EXISTS))
		return argument;
	*out_name = g_strndup(argument, length);
	return argument + length + 1;
}

struct ksig_kernel *ksig_tree_kernel_import(ksig_store *store, const char *argument, GError **error)
{
	g_autofree char *name = NULL;
	g_autoptr(ksig_kernel) kernel = ksig_kernel_new(place_of(argument, &name));
	g_autoptr(GError) reason = NULL;

	if (import(store, kernel, &reason)) {
		if (name) {
			g_free(kernel->label);
			kernel->label = g_steal_pointer(&name);
		}
		return g_steal_pointer(&kernel);
	}
	if (!g_str_has_prefix(reason->message, kernel->argument))
		g_prefix_error(&reason, "%s: ", kernel->argument);
	g_propagate_error(error, g_steal_pointer(&reason));
	return NULL;
}
