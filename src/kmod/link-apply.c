/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kmod/link.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

enum { DEPMOD_TIMEOUT_MS = 5 * 60 * 1000 };

static char *path_of(const char *root, const struct ksig_kmod_link *link)
{
	return g_build_filename(root, "lib", "modules", link->kernel, link->path, NULL);
}

static bool make_link(const char *path, const char *target, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *temporary = g_strdup_printf("%s.ksig-%d", path, getpid());

	if (!ksig_directory_make(folder, error))
		return false;
	g_unlink(temporary);
	if (symlink(target, temporary) != 0)
		return ksig_error_errno(error, errno, "%s", temporary);
	if (g_rename(temporary, path) == 0)
		return true;
	const int errnum = errno;
	g_unlink(temporary);
	return ksig_error_errno(error, errnum, "%s", path);
}

static bool remove_link(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (g_unlink(path) != 0 && errno != ENOENT)
		return ksig_error_errno(error, errno, "%s", path);
	/* An empty folder has no use; one that is not empty stays, which is no error. */
	g_rmdir(folder);
	return true;
}

static bool run_depmod(const char *root, const char *kernel, GError **error)
{
	g_autofree char *base = g_canonicalize_filename(root, NULL);
	const char *const argv[] = {"depmod", "-b", base, kernel, NULL};
	const struct ksig_process_options options = {.timeout_ms = DEPMOD_TIMEOUT_MS};

	return ksig_process_run(argv, &options, NULL, NULL, error);
}

static bool verify(const char *root, GPtrArray *links, GError **error)
{
	for (guint i = 0; i < links->len; i++) {
		const struct ksig_kmod_link *link = g_ptr_array_index(links, i);
		g_autofree char *path = path_of(root, link);
		if (link->action == KSIG_KMOD_LINK_ADD && !g_file_test(path, G_FILE_TEST_EXISTS))
			return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
					      "%s: %s: its target went away meanwhile", link->kernel,
					      link->path);
	}
	return true;
}

bool ksig_kmod_link_apply(const char *root, GPtrArray *links, GError **error)
{
	g_autoptr(GHashTable) changed = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter iterator;
	gpointer kernel;

	for (guint i = 0; i < links->len; i++) {
		const struct ksig_kmod_link *link = g_ptr_array_index(links, i);
		g_autofree char *path = path_of(root, link);
		if (link->action == KSIG_KMOD_LINK_KEEP)
			continue;
		if (!(link->action == KSIG_KMOD_LINK_ADD ? make_link(path, link->target, error)
							 : remove_link(path, error)))
			return false;
		g_hash_table_add(changed, link->kernel);
	}
	g_hash_table_iter_init(&iterator, changed);
	while (g_hash_table_iter_next(&iterator, &kernel, NULL))
		if (!run_depmod(root, kernel, error))
			return false;
	return verify(root, links, error);
}
