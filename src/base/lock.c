/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lock file held with flock(): not waited for; the error names the process whose id stands in it. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

struct ksig_lock {
	int fd;
};

static bool say_holder(int fd, const char *path, GError **error)
{
	char holder[32] = "";
	const ssize_t got = pread(fd, holder, sizeof holder - 1, 0);

	g_strstrip(holder);
	if (got <= 0 || !holder[0])
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: in use by another ksig", path);
	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: in use by another ksig (process %s)", path,
			      holder);
}

static bool write_holder(int fd, const char *path, GError **error)
{
	g_autofree char *holder = g_strdup_printf("%ld\n", (long) getpid());

	if (ftruncate(fd, 0) != 0 || pwrite(fd, holder, strlen(holder), 0) < 0)
		return ksig_error_errno(error, errno, "%s", path);
	return true;
}

ksig_lock *ksig_lock_take(const char *path, GError **error)
{
	g_autoptr(ksig_lock) lock = g_new0(ksig_lock, 1);

	lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (lock->fd < 0) {
		ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	if (flock(lock->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			say_holder(lock->fd, path, error);
		else
			ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	if (!write_holder(lock->fd, path, error))
		return NULL;
	return g_steal_pointer(&lock);
}

void ksig_lock_free(ksig_lock *lock)
{
	if (!lock)
		return;
	if (lock->fd >= 0)
		close(lock->fd);
	g_free(lock);
}
