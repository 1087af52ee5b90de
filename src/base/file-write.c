/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file is written without a name, so that nothing is left of a process that is killed meanwhile, and gets
 * its name when it is whole and on the disk. Only a rename replaces a file, so there is a moment with two
 * names; the second, PATH.new, always has all of the content, and whoever writes PATH next takes it.
 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMING_TRIES = 100, COPY_BYTES = 1 << 20 };

static bool write_all(int fd, const char *data, size_t length_bytes)
{
	while (length_bytes > 0) {
		const ssize_t written = write(fd, data, length_bytes);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		data += written;
		length_bytes -= (size_t) written;
	}
	return true;
}

static void sync_folder(const char *folder)
{
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* Two that write the same file at once take each other's second name away, never each other's content. */
static bool name_as(int fd, const char *path)
{
	g_autofree char *unnamed = g_strdup_printf("/proc/self/fd/%d", fd);
	g_autofree char *second = g_strconcat(path, ".new", NULL);

	for (int i = 0; i < NAMING_TRIES; i++) {
		if (linkat(AT_FDCWD, unnamed, AT_FDCWD, second, AT_SYMLINK_FOLLOW) != 0) {
			if (errno != EEXIST || (g_unlink(second) != 0 && errno != ENOENT))
				return false;
			continue;
		}
		if (g_rename(second, path) == 0)
			return true;
		if (errno != ENOENT) {
			const int errnum = errno;
			g_unlink(second);
			errno = errnum;
			return false;
		}
	}
	return false;
}

/* For a file system without files that have no name. */
static bool write_named(const char *path, const char *data, size_t length_bytes, int mode)
{
	g_autofree char *temporary = g_strdup_printf("%s.XXXXXX", path);
	const int fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, mode);

	if (fd < 0)
		return false;
	bool good = write_all(fd, data, length_bytes) && fsync(fd) == 0;
	int errnum = errno;
	if (close(fd) != 0 && good) {
		good = false;
		errnum = errno;
	}
	if (good && g_rename(temporary, path) == 0)
		return true;
	errnum = good ? errno : errnum;
	g_unlink(temporary);
	errno = errnum;
	return false;
}

static bool write_unnamed(int fd, const char *path, const char *data, size_t length_bytes)
{
	const bool good = write_all(fd, data, length_bytes) && fsync(fd) == 0 && name_as(fd, path);
	const int errnum = errno;

	close(fd);
	errno = errnum;
	return good;
}

bool ksig_file_write(const char *path, const char *data, gssize length_bytes, int mode, GError **error)
{
	const size_t length = length_bytes < 0 ? strlen(data) : (size_t) length_bytes;
	g_autofree char *folder = g_path_get_dirname(path);
	const int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	const bool has_unnamed = fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL);
	const bool good = fd >= 0 ? write_unnamed(fd, path, data, length)
				  : !has_unnamed && write_named(path, data, length, mode);

	if (!good)
		return ksig_error_errno(error, errno, "%s", path);
	sync_folder(folder);
	return true;
}

bool ksig_bytes_write(const char *path, GBytes *bytes, GError **error)
{
	return ksig_file_write(path, g_bytes_get_data(bytes, NULL), (gssize) g_bytes_get_size(bytes), 0644,
			       error);
}

bool ksig_file_write_scratch(const char *path, const char *data, gssize length_bytes, GError **error)
{
	const size_t length = length_bytes < 0 ? strlen(data) : (size_t) length_bytes;
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	const bool good = fd >= 0 && write_all(fd, data, length);
	const int errnum = errno;

	if (fd >= 0 && close(fd) != 0 && good)
		return ksig_error_errno(error, errno, "%s", path);
	return good || ksig_error_errno(error, errnum, "%s", path);
}

static bool copy_all(int from_fd, int to_fd, const char *from, const char *to, GError **error)
{
	g_autofree char *block = g_malloc(COPY_BYTES);
	ssize_t got = 0;

	while ((got = read(from_fd, block, COPY_BYTES)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ksig_error_errno(error, errno, "%s", from);
		if (!write_all(to_fd, block, (size_t) got))
			return ksig_error_errno(error, errno, "%s", to);
	}
	return true;
}

bool ksig_file_copy(const char *from, const char *to, GError **error)
{
	const int from_fd = open(from, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (from_fd < 0)
		return ksig_error_errno(error, errno, "%s", from);
	const bool plain = fstat(from_fd, &status) == 0 && S_ISREG(status.st_mode);
	const int to_fd = plain ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	bool good = false;
	if (!plain)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a file", from);
	else if (to_fd < 0)
		ksig_error_errno(error, errno, "%s", to);
	else
		good = copy_all(from_fd, to_fd, from, to, error);
	close(from_fd);
	if (to_fd >= 0 && close(to_fd) != 0 && good)
		return ksig_error_errno(error, errno, "%s", to);
	return good;
}

/* 0, or what the disk says of FILE's content. */
static int sync_errnum(const char *file)
{
	const int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	const int errnum = fd >= 0 && fsync(fd) == 0 ? 0 : errno;

	if (fd >= 0)
		close(fd);
	return errnum;
}

bool ksig_file_place(const char *made, const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	const int errnum = sync_errnum(made);

	if (errnum)
		return ksig_error_errno(error, errnum, "%s", made);
	if (g_rename(made, path) != 0)
		return ksig_error_errno(error, errno, "%s", path);
	sync_folder(folder);
	return true;
}

bool ksig_directory_sync(const char *path, GError **error)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const int errnum = fd >= 0 && syncfs(fd) == 0 ? 0 : errno;

	if (fd >= 0)
		close(fd);
	return errnum == 0 || ksig_error_errno(error, errnum, "%s", path);
}
