/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever opens a named pipe where a repository has a file waits for ever, and a device has no end: what git
 * and libgit2 may open is looked at before.
 */
#include "base/git-kinds-internal.h"

#include <dirent.h>
#include <sys/stat.h>

enum { DEPTH_LIMIT = 50 };

static bool refuse(const char *repository, const char *path, GError **error)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: %s is neither file nor folder: no part of a repository", repository, path);
}

static bool check_folder(const char *repository, const char *folder, int depth, GError **error);

/* Folders behind links are not entered: links may lead in a circle. */
static bool check_entry(const char *repository, const char *folder, const struct dirent *entry, int depth,
			GError **error)
{
	if (entry->d_type == DT_REG || g_str_equal(entry->d_name, ".") || g_str_equal(entry->d_name, ".."))
		return true;
	g_autofree char *path = g_build_filename(folder, entry->d_name, NULL);
	struct stat own = {0}, status = {0};
	if (lstat(path, &own) != 0 || stat(path, &status) != 0)
		return true; /* it is not there any more, or leads nowhere */
	if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		return refuse(repository, path, error);
	return !S_ISDIR(own.st_mode) || check_folder(repository, path, depth + 1, error);
}

static bool check_folder(const char *repository, const char *folder, int depth, GError **error)
{
	DIR *entries = depth < DEPTH_LIMIT ? opendir(folder) : NULL;
	const struct dirent *entry = NULL;
	bool good = true;

	while (good && entries && (entry = readdir(entries)))
		good = check_entry(repository, folder, entry, depth, error);
	if (entries)
		closedir(entries);
	return good;
}

static bool check_file(const char *repository, const char *folder, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	struct stat status = {0};

	return stat(path, &status) != 0 || S_ISREG(status.st_mode) || refuse(repository, path, error);
}

bool git_kinds_folder(const char *repository, const char *folder, GError **error)
{
	return check_folder(repository, folder, 0, error);
}

bool git_kinds_check(const char *repository, const char *git_dir, const char *common, GError **error)
{
	static const char *const files[] = {"packed-refs", "shallow", "config"};
	static const char *const folders[] = {"refs", "logs"};

	if (!check_file(repository, git_dir, "HEAD", error))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
		if (!check_file(repository, common, files[i], error))
			return false;
	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *folder = g_build_filename(common, folders[i], NULL);
		if (!check_folder(repository, folder, 0, error))
			return false;
	}
	return true;
}
