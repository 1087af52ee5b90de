/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WORKSPACE/kernel/PACKAGE/VERSION-RELEASE: files go there all at once, by exchanging folders. Repositories
 * of packages are published by src/publish.
 */
#include "kernel/publish-internal.h"
#include "kernel/fetch-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

char *ksig_kernel_published_path(const char *workspace, const char *package, const char *version,
				 const char *release)
{
	g_autofree char *name = g_strdup_printf("%s-%s", version, release);

	return g_build_filename(workspace, "kernel", package, name, NULL);
}

char *kernel_published_newest(const char *workspace, const char *package)
{
	g_autofree char *folder = g_build_filename(workspace, "kernel", package, NULL);
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	char *newest = NULL;
	const char *name;

	while (directory && (name = g_dir_read_name(directory)))
		if (g_ascii_isdigit(*name) && (!newest || ksig_kernel_version_compare(name, newest) > 0)) {
			g_free(newest);
			newest = g_strdup(name);
		}
	return newest;
}

static bool copy_into(const char *path, const char *folder, GError **error)
{
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *to = g_build_filename(folder, name, NULL);

	return kernel_fetch(path, to, UINT64_C(8) << 30, error);
}

/* PATH becomes TARGET at once, whether there was something or not; what was there is PATH then. */
static bool swap(const char *path, const char *target, GError **error)
{
	if (renameat2(AT_FDCWD, path, AT_FDCWD, target, RENAME_EXCHANGE) == 0 ||
	    (errno == ENOENT && rename(path, target) == 0))
		return true;
	return ksig_error_errno(error, errno, "%s", target);
}

bool kernel_publish(const char *target, GPtrArray *files, GError **error)
{
	g_autofree char *parent = g_path_get_dirname(target);

	if (!ksig_directory_make(parent, error))
		return false;
	g_autoptr(ksig_scratch) aside = ksig_directory_temporary(parent, ".new", error);
	for (guint i = 0; aside && i < files->len; i++)
		if (!copy_into(g_ptr_array_index(files, i), aside, error))
			return false;
	if (!aside)
		return false;
	if (chmod(aside, 0755) != 0)
		return ksig_error_errno(error, errno, "%s", aside);
	return ksig_directory_sync(aside, error) && swap(aside, target, error);
}
