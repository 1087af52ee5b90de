/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loaded before a program's own functions (LD_PRELOAD): notes, at each sync and at each change of a name
 * below a folder, what stands there, and keeps of what is synced the content that it has then.
 * test-power-cut.py makes of it what a disk has after a power cut.
 *
 * RECORD_ROOT: the folder. RECORD_LOG: another one, for the notes: a file NUMBER for each event, with the
 * event's word, the ids of what it syncs, and each entry of the folder; content is kept as NUMBER-ID.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEXT(type, name) (__extension__(type) dlsym(RTLD_NEXT, name))

static const char *root, *place;
static FILE *note;
static unsigned number;
static bool keeps_all;

/* The same file for as long as it lives, whatever its names are; another one that gets its number later is
 * another. */
static bool id_of(int fd, const char *path, char *id, size_t size_bytes)
{
	struct statx status;

	if (statx(fd, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &status) !=
	    0)
		return false;
	snprintf(id, size_bytes, "%llu.%lld.%u", (unsigned long long) status.stx_ino,
		 (long long) status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
	return true;
}

static void keep(int from, const char *id)
{
	char name[4096], block[65536];
	off_t at = 0;
	ssize_t got = 0;

	snprintf(name, sizeof name, "%s/%06u-%s", place, number, id);
	const int to = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	while (to >= 0 && (got = pread(from, block, sizeof block, at)) > 0) {
		if (write(to, block, (size_t) got) != got)
			abort();
		at += got;
	}
	if (to >= 0)
		close(to);
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
	char id[128], target[4096] = "";

	(void) type;
	(void) where;
	if (!id_of(AT_FDCWD, path, id, sizeof id))
		return 0; /* it went meanwhile */
	if (S_ISLNK(status->st_mode) && readlink(path, target, sizeof target - 1) < 0)
		return 0;
	fprintf(note, "entry%c%s%c%o%c%lld%c%s%c%s%c", 0, id, 0, status->st_mode, 0,
		(long long) status->st_size, 0, path, 0, target, 0);
	const int fd = keeps_all && S_ISREG(status->st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		keep(fd, id);
		close(fd);
	}
	return 0;
}

static int begin(void)
{
	char name[4096];

	root = getenv("RECORD_ROOT");
	place = getenv("RECORD_LOG");
	if (!root || !place)
		return -1;
	snprintf(name, sizeof name, "%s/lock", place);
	const int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) != 0)
		abort();
	char text[16] = "";
	if (pread(lock, text, sizeof text - 1, 0) < 0)
		abort();
	number = (unsigned) strtoul(text, NULL, 10) + 1;
	snprintf(text, sizeof text, "%u", number);
	if (pwrite(lock, text, strlen(text), 0) < 0)
		abort();
	return lock;
}

/* One event; FD: what is synced, or -1; what stands in the folder is as it was before it. */
static void record(const char *word, int fd, bool all)
{
	const int errnum = errno;
	const int lock = begin();
	char name[4096], id[128] = "";
	struct stat status;

	if (lock < 0)
		return;
	snprintf(name, sizeof name, "%s/%06u", place, number);
	note = fopen(name, "we");
	if (!note)
		abort();
	const bool known = fd >= 0 && !all && fstat(fd, &status) == 0 && id_of(fd, "", id, sizeof id);
	fprintf(note, "%s%c%s%c", word, 0, id, 0);
	if (known && S_ISREG(status.st_mode)) {
		snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
		const int again = open(name, O_RDONLY | O_CLOEXEC);
		if (again >= 0) {
			keep(again, id);
			close(again);
		}
	}
	keeps_all = all;
	nftw(root, visit, 32, FTW_PHYS);
	if (fclose(note) != 0)
		abort();
	close(lock);
	errno = errnum;
}

int fsync(int fd)
{
	record("sync", fd, false);
	return NEXT(int (*)(int), "fsync")(fd);
}

int fdatasync(int fd)
{
	record("sync", fd, false);
	return NEXT(int (*)(int), "fdatasync")(fd);
}

int syncfs(int fd)
{
	record("all", fd, true);
	return NEXT(int (*)(int), "syncfs")(fd);
}

int rename(const char *from, const char *to)
{
	record("name", -1, false);
	return NEXT(int (*)(const char *, const char *), "rename")(from, to);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	record("name", -1, false);
	return NEXT(int (*)(int, const char *, int, const char *), "renameat")(from_fd, from, to_fd, to);
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	record("name", -1, false);
	return NEXT(int (*)(int, const char *, int, const char *, unsigned), "renameat2")(from_fd, from,
											  to_fd, to, flags);
}

int link(const char *from, const char *to)
{
	record("name", -1, false);
	return NEXT(int (*)(const char *, const char *), "link")(from, to);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	record("name", -1, false);
	return NEXT(int (*)(int, const char *, int, const char *, int), "linkat")(from_fd, from, to_fd, to,
										  flags);
}
