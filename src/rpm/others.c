/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in folders that others made. A folder of sources comes from a repository, links and all: they are not
 * followed. Beside a package may lie what somebody put there, by a link too: where the folder is another
 * user's, to what is that user's. Whoever reads may be root, and what is read goes on to others.
 */
#include "rpm/rpm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* NAME, a link in FOLDER, opened if it is OWNER's too. */
static int follow(int folder_fd, const char *folder, const char *name, uid_t owner, GError **error)
{
	const int fd = openat(folder_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		ksig_error_errno(error, errno, "%s/%s", folder, name);
	else if (status.st_uid != owner)
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s/%s: a link in a folder of user %u's to what is user %u's", folder, name,
			       (unsigned) owner, (unsigned) status.st_uid);
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int refuse_link(const char *folder, const char *name, GError **error)
{
	ksig_error_set(error, KSIG_ERROR_INPUT,
		       "%s/%s: a link, which is not followed: what it leads to is not the folder's", folder,
		       name);
	return -1;
}

static int others_open(const char *folder, const char *name, bool links, GError **error)
{
	const int folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat status;
	int fd = -1;

	if (folder_fd < 0 || fstat(folder_fd, &status) != 0) {
		ksig_error_errno(error, errno, "%s", folder);
	} else {
		const bool follows = links && (status.st_uid == 0 || status.st_uid == geteuid());
		fd = openat(folder_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW));
		if (fd < 0 && errno == ELOOP && !follows)
			fd = links ? follow(folder_fd, folder, name, status.st_uid, error)
				   : refuse_link(folder, name, error);
		else if (fd < 0)
			ksig_error_errno(error, errno, "%s/%s", folder, name);
	}
	if (folder_fd >= 0)
		close(folder_fd);
	return fd;
}

bool ksig_rpm_others_check(const char *folder, const char *name, bool links, GError **error)
{
	const int fd = others_open(folder, name, links, error);

	return fd >= 0 && close(fd) == 0;
}

bool ksig_rpm_others_copy(const char *folder, const char *name, bool links, const char *to_folder,
			  GError **error)
{
	const int fd = others_open(folder, name, links, error);
	g_autofree char *opened = g_strdup_printf("/proc/self/fd/%d", fd);
	g_autofree char *target = g_build_filename(to_folder, name, NULL);
	struct stat status;

	if (fd < 0)
		return false;
	const bool plain = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	const bool good = plain && ksig_file_copy(opened, target, error);
	const int mode = status.st_mode & S_IXUSR ? 0700 : 0600;
	close(fd);
	if (good && chmod(target, mode) != 0)
		return ksig_error_errno(error, errno, "%s", target);
	return plain ? good : ksig_error_set(error, KSIG_ERROR_INPUT, "%s/%s: not a file", folder, name);
}
