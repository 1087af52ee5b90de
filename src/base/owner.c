/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose word a file on this machine is: root's or one's own, if nobody else may write it. What was opened is
 * looked at, not what bears the name: that may be another by then.
 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_ones_own(int fd, const char *path, GError **error)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return ksig_error_errno(error, errno, "%s", path);
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "%s: belongs to user %u; only what is root's or one's own counts", path,
				      (unsigned) status.st_uid);
	return !(status.st_mode & (S_IWGRP | S_IWOTH)) ||
	       ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			      "%s: others may write it (mode %04o), so it says nothing; chmod go-w", path,
			      (unsigned) status.st_mode & 07777);
}

char *ksig_own_file_read(int folder_fd, const char *name, const char *path, size_t limit_bytes,
			 size_t *out_length_bytes, GError **error)
{
	const int fd = ksig_file_open_at(folder_fd, name, path, error);

	if (fd < 0)
		return NULL;
	char *data = is_ones_own(fd, path, error)
			     ? ksig_fd_read(fd, path, limit_bytes, out_length_bytes, error)
			     : NULL;
	close(fd);
	return data;
}

bool ksig_own_folder_open(int folder_fd, const char *name, const char *path, int *out_fd, GError **error)
{
	const int fd = openat(folder_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	*out_fd = -1;
	if (fd < 0)
		return errno == ENOENT || ksig_error_errno(error, errno, "%s", path);
	if (!is_ones_own(fd, path, error)) {
		close(fd);
		return false;
	}
	*out_fd = fd;
	return true;
}
