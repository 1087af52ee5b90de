/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder into a git tree, without following links below it; .git at its root is left out, devices and
 * sockets are refused.
 */
#include "tree/folder-internal.h"
#include "tree/builder-internal.h"
#include "tree/tree-internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
	ksig_builder *builder;
	const char *root;
	ksig_progress *progress;
	uint64_t files;
};

typedef DIR ksig_dir;
static void ksig_dir_close(DIR *dir)
{
	closedir(dir);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_dir, ksig_dir_close)

static bool add_symlink(struct walk *walk, int folder_fd, const char *name, const char *path, GError **error)
{
	g_autofree char *target = g_malloc0(PATH_MAX + 1);
	const ssize_t length_bytes = readlinkat(folder_fd, name, target, PATH_MAX);

	if (length_bytes < 0)
		return ksig_error_errno(error, errno, "%s/%s", walk->root, path);
	return ksig_builder_add(walk->builder, path, GIT_FILEMODE_LINK, g_steal_pointer(&target),
				(size_t) length_bytes, error);
}

/* Others may write there: what was read of one thing and another would be a tree that never was. */
static bool is_unchanged(int fd, const struct stat *before)
{
	struct stat now;

	return fstat(fd, &now) == 0 && now.st_dev == before->st_dev && now.st_ino == before->st_ino &&
	       now.st_mode == before->st_mode && now.st_size == before->st_size &&
	       now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == before->st_mtim.tv_nsec &&
	       now.st_ctim.tv_sec == before->st_ctim.tv_sec && now.st_ctim.tv_nsec == before->st_ctim.tv_nsec;
}

static bool say_changed(const struct walk *walk, const char *path, GError **error)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s/%s: it changed while it was read", walk->root,
			      path);
}

static bool read_whole(int fd, char *data, size_t *length_bytes)
{
	size_t have_bytes = 0;

	while (have_bytes < *length_bytes) {
		const ssize_t got = read(fd, data + have_bytes, *length_bytes - have_bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		have_bytes += (size_t) got;
	}
	*length_bytes = have_bytes;
	return true;
}

static bool add_file(struct walk *walk, int folder_fd, const char *name, const char *path,
		     const struct stat *status, GError **error)
{
	const uint16_t mode = status->st_mode & S_IXUSR ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
	size_t length_bytes = (size_t) status->st_size;

	if ((uint64_t) status->st_size > ksig_builder_limits(walk->builder)->file_bytes)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s/%s: %" G_GUINT64_FORMAT " bytes is too much", walk->root, path,
				      (uint64_t) status->st_size);
	/* Not waiting: in the file's place there may be a pipe by now. */
	const int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return ksig_error_errno(error, errno, "%s/%s", walk->root, path);
	g_autofree char *data = g_malloc(length_bytes + 1);
	const bool same = is_unchanged(fd, status);
	const bool good = same && read_whole(fd, data, &length_bytes);
	const int errnum = errno;
	const bool still = good && is_unchanged(fd, status);
	close(fd);
	if (same && !good)
		return ksig_error_errno(error, errnum, "%s/%s", walk->root, path);
	if (!still)
		return say_changed(walk, path, error);
	ksig_progress_set(walk->progress, ++walk->files);
	return ksig_builder_add(walk->builder, path, mode, g_steal_pointer(&data), length_bytes, error);
}

static bool add_folder(struct walk *walk, int parent_fd, const char *name, const char *path, GError **error);

static bool add_entry(struct walk *walk, int folder_fd, const char *name, const char *folder_path,
		      GError **error)
{
	g_autofree char *path = *folder_path ? g_strdup_printf("%s/%s", folder_path, name) : g_strdup(name);
	struct stat status;

	if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return ksig_error_errno(error, errno, "%s/%s", walk->root, path);
	switch (status.st_mode & S_IFMT) {
	case S_IFDIR:
		return ksig_builder_folder(walk->builder, path, error) &&
		       add_folder(walk, folder_fd, name, path, error);
	case S_IFREG:
		return add_file(walk, folder_fd, name, path, &status, error);
	case S_IFLNK:
		return add_symlink(walk, folder_fd, name, path, error);
	default:
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s/%s: neither file, folder nor link",
				      walk->root, path);
	}
}

/* .git at the root is the repository of the work tree, and no part of what it holds. */
static bool is_left_out(const char *name, const char *folder_path)
{
	return g_str_equal(name, ".") || g_str_equal(name, "..") ||
	       (!*folder_path && g_str_equal(name, ".git"));
}

/* Depth is bounded: a path above PATH_MAX is refused by the builder before it is entered. */
static bool add_folder(struct walk *walk, int parent_fd, const char *name, const char *path, GError **error)
{
	const int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	g_autoptr(ksig_dir) folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry = NULL;
	struct stat before;

	if (!folder || fstat(fd, &before) != 0)
		return ksig_error_errno(error, errno, "%s/%s", walk->root, path);
	while ((entry = readdir(folder)))
		if (!is_left_out(entry->d_name, path) && !add_entry(walk, fd, entry->d_name, path, error))
			return false;
	return is_unchanged(fd, &before) || say_changed(walk, path, error);
}

bool ksig_folder_import(ksig_store *store, const char *path, const struct ksig_import_limits *limits,
			git_oid *out_tree, GError **error)
{
	g_autoptr(ksig_progress) progress = ksig_progress_new("importing", 0);
	g_autoptr(ksig_builder) builder = ksig_builder_new(store, path, limits, error);
	/* The folder itself may be named through a link; nothing below it is. */
	g_autofree char *root = realpath(path, NULL);
	struct walk walk = {.builder = builder, .root = path, .progress = progress};

	if (!builder)
		return false;
	if (!root)
		return ksig_error_errno(error, errno, "%s", path);
	return add_folder(&walk, AT_FDCWD, root, "", error) &&
	       ksig_builder_finish(builder, false, out_tree, error);
}
