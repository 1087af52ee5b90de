/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel that was asked for; a tarball as one, remembered by its digest. */
#include "tree/tarball-internal.h"
#include "tree/archive-internal.h"
#include "tree/recall-internal.h"
#include "tree/tree-internal.h"

#include <archive.h>
#include <glib/gstdio.h>

void ksig_tree_kernel_free(struct ksig_kernel *kernel)
{
	if (!kernel)
		return;
	g_free(kernel->argument);
	g_free(kernel->label);
	g_free(kernel->changelog);
	g_ptr_array_unref(kernel->patches);
	g_free(kernel);
}

struct ksig_kernel *ksig_kernel_new(const char *argument)
{
	struct ksig_kernel *kernel = g_new0(struct ksig_kernel, 1);

	kernel->argument = g_strdup(argument);
	kernel->patches = g_ptr_array_new_with_free_func(g_free);
	return kernel;
}

/* A copy of PATH, whose digest was SHA256. */
static bool import_copy(ksig_store *store, const char *path, const char *sha256, git_oid *out_tree,
			GError **error)
{
	g_autoptr(ksig_scratch) folder = ksig_import_scratch(store, error);
	g_autofree char *copy = folder ? ksig_import_copy(path, sha256, folder, error) : NULL;
	g_autoptr(ksig_tar) tar = copy ? ksig_tar_open(copy, error) : NULL;
	GStatBuf status;

	if (!tar)
		return false;
	const uint64_t size_bytes = g_stat(copy, &status) == 0 ? (uint64_t) status.st_size : 0;
	return ksig_archive_import(store, tar, path, size_bytes, &ksig_import_limits_default, out_tree,
				   error);
}

bool ksig_tarball_import(ksig_store *store, const char *path, const char *sha256, git_oid *out_tree,
			 GError **error)
{
	const char *const digests[] = {sha256, NULL};
	g_autofree char *key = ksig_import_key("tar-2", digests);
	g_autoptr(ksig_kernel) kernel = ksig_kernel_new(path);
	bool found = false;

	if (!ksig_import_recall(store, key, kernel, &found, error))
		return false;
	if (!found && (!import_copy(store, path, sha256, &kernel->tree, error) ||
		       !ksig_import_remember(store, key, kernel, error)))
		return false;
	git_oid_cpy(out_tree, &kernel->tree);
	return true;
}
