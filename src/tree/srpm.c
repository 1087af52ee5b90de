/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Source RPMs: the kernel's tarball with the patches that %prep applies. What else %prep does is no source.
 */
#include "tree/srpm-internal.h"
#include "tree/archive-internal.h"
#include "tree/digest-internal.h"
#include "tree/patch-apply-internal.h"
#include "tree/recall-internal.h"
#include "tree/source-patch-internal.h"
#include "tree/tree-internal.h"
#include "rpm/rpm.h"

#include <archive.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool import_tarball(ksig_store *store, const char *path, const char *folder, const char *tarball,
			   git_oid *out_tree, GError **error)
{
	g_autofree char *file = g_build_filename(folder, tarball, NULL);
	g_autofree char *name = g_strdup_printf("%s: %s", path, tarball);
	g_autoptr(ksig_tar) tar = ksig_tar_open(file, error);
	struct stat status;

	if (!tar)
		return false;
	const uint64_t size_bytes = stat(file, &status) == 0 ? (uint64_t) status.st_size : 0;
	return ksig_archive_import(store, tar, name, size_bytes, &ksig_import_limits_default, out_tree,
				   error);
}

/* ---- where %prep was ------------------------------------------------------------------------------ */

/* How many of the names at the top of TREE the folder at PATH has. */
static unsigned likeness(const git_tree *tree, const char *path)
{
	unsigned alike = 0;

	for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
		g_autofree char *name = g_build_filename(
			path, git_tree_entry_name(git_tree_entry_byindex(tree, i)), NULL);
		struct stat status;
		alike += lstat(name, &status) == 0;
	}
	return alike;
}

/*
 * The part of FOLDER, where %prep applied a patch, that lies below the kernel's top folder: of those that it
 * is in, below BUILD, the one that is most like TREE. %prep calls it what it likes. NULL: none is like it.
 */
static char *below_top(const git_tree *tree, const char *build, const char *folder)
{
	g_autofree char *at = g_strdup(folder);
	const char *best = NULL;
	unsigned most = 0;

	if (!g_str_has_prefix(folder, build) || strstr(folder, "/../"))
		return NULL;
	for (size_t length = strlen(folder); length >= strlen(build); length--) {
		if (at[length] != '/' && at[length] != '\0')
			continue;
		at[length] = '\0';
		const unsigned alike = likeness(tree, at);
		if (alike > most) {
			most = alike;
			best = folder + length;
		}
	}
	return best ? g_strdup(*best == '/' ? best + 1 : best) : NULL;
}

/* Where a command failed before, that is why: rpmbuild would not have come to the patch. */
static bool say_outside(const ksig_srpm *srpm, const struct ksig_source_patch *patch, GError **error)
{
	if (!srpm->stopped)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: %%prep applies it outside of the kernel's tree", patch->name);
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%%prep did not come to %s: `%s` failed before it%s%s",
			      patch->name, srpm->stopped, srpm->said ? ": " : "",
			      srpm->said ? srpm->said : "");
}

/* Makes the folders of SRPM's patches those of the tree TREE_ID. */
static bool place_patches(ksig_store *store, const ksig_srpm *srpm, const git_oid *tree_id, GError **error)
{
	g_autoptr(git_tree) tree = NULL;
	/* %prep was told where it is by the kernel, which follows links. */
	g_autofree char *build = realpath(srpm->build_folder, NULL);
	const int code = git_tree_lookup(&tree, ksig_tree_store_repository(store), tree_id);

	if (code < 0 || !build) {
		ksig_tree_git_error(error, code, "tree %s", git_oid_tostr_s(tree_id));
		return false;
	}
	for (guint i = 0; i < srpm->patches->len; i++) {
		struct ksig_source_patch *patch = srpm->patches->pdata[i];
		g_autofree char *folder = below_top(tree, build, patch->folder);
		if (!folder || (*folder && !ksig_path_is_safe(folder)))
			return say_outside(srpm, patch, error);
		g_free(patch->folder);
		patch->folder = g_steal_pointer(&folder);
	}
	return true;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

/* COPY is what is read of it; FOLDER gets its files. */
static bool import_package(ksig_store *store, struct ksig_kernel *kernel, const char *copy,
			   const char *folder, GError **error)
{
	g_autoptr(ksig_srpm) srpm = ksig_rpm_srpm_read(kernel->argument, copy, folder, error);
	git_oid tree;

	if (!srpm || !import_tarball(store, kernel->argument, folder, srpm->tarball, &tree, error))
		return false;
	if (!place_patches(store, srpm, &tree, error) ||
	    !ksig_patches_apply(store, &tree, srpm->patches, &kernel->tree, error))
		return false;
	kernel->label = g_strdup(srpm->version_release);
	kernel->changelog = g_steal_pointer(&srpm->changelog);
	kernel->changelog_format = kernel->changelog ? KSIG_CHANGELOG_RPM : KSIG_CHANGELOG_NONE;
	kernel->built = srpm->build_time;
	ksig_source_patches_note(srpm->patches, kernel);
	return true;
}

bool ksig_kernel_import_srpm(ksig_store *store, struct ksig_kernel *kernel, GError **error)
{
	g_autofree char *digest = ksig_digest_file(kernel->argument, error);
	const char *const digests[] = {digest, NULL};
	/* Its digest does not say what is in the tarball that it leaves out. */
	const bool whole = !g_str_has_suffix(kernel->argument, ".nosrc.rpm");
	bool found = false;

	if (!digest)
		return false;
	g_autofree char *key = ksig_import_key("srpm-4", digests);
	if (whole && !ksig_import_recall(store, key, kernel, &found, error))
		return false;
	if (found)
		return true;
	g_autoptr(ksig_scratch) folder = ksig_import_scratch(store, error);
	g_autoptr(ksig_scratch) own = folder ? ksig_import_scratch(store, error) : NULL;
	g_autofree char *copy = own ? ksig_import_copy(kernel->argument, digest, own, error) : NULL;
	return copy && import_package(store, kernel, copy, folder, error) &&
	       ksig_import_remember(store, key, kernel, error);
}

bool ksig_kernel_import_dist_git(ksig_store *store, struct ksig_kernel *kernel, GError **error)
{
	g_autoptr(ksig_scratch) folder = ksig_import_scratch(store, error);

	if (!folder || !import_package(store, kernel, kernel->argument, folder, error))
		return false;
	const char *const digests[] = {git_oid_tostr_s(&kernel->tree), NULL};
	g_autofree char *key = ksig_import_key("dist-git-2", digests);
	return ksig_import_remember(store, key, kernel, error);
}
