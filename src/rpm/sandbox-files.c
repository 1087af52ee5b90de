/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Landlock, landlock(7): a process that gives up every file but those that it names. It needs no privilege,
 * holds in a container, and what the process starts inherits it.
 */
#include "rpm/sandbox-files-internal.h"
#include "rpm/srpm-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights that Landlock had from its first version on, Linux 5.13; two that came later, where the headers are
 * older. */
#define RIGHTS_OF_VERSION_1 ((1ULL << 13) - 1)
#define RIGHT_REFER (1ULL << 13)
#define RIGHT_TRUNCATE (1ULL << 14)

#define RIGHTS_TO_READ                                                                                       \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_OF_FILES                                                                                      \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |         \
	 RIGHT_TRUNCATE)

int ksig_sandbox_landlock_version(void)
{
	return (int) syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static uint64_t rights_known(int version)
{
	return RIGHTS_OF_VERSION_1 | (version >= 2 ? RIGHT_REFER : 0) | (version >= 3 ? RIGHT_TRUNCATE : 0);
}

/* What is not there cannot be read: no error. */
static bool allow(int ruleset, const char *path, uint64_t rights)
{
	struct stat status;
	const int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT;
	if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
		rights &= RIGHTS_OF_FILES;
	const struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
	const bool good = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	close(fd);
	return good;
}

static bool allow_all(int ruleset, const char *const *paths, uint64_t rights)
{
	for (; paths && *paths; paths++)
		if (!allow(ruleset, *paths, rights))
			return false;
	return true;
}

bool ksig_sandbox_files(const struct ksig_sandbox_files *files, GError **error)
{
	const int version = ksig_sandbox_landlock_version();
	const uint64_t rights = rights_known(version);
	const struct landlock_ruleset_attr attributes = {.handled_access_fs = rights};

	if (version < 1)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "this kernel has no Landlock");
	const int ruleset = (int) syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
	const bool good = ruleset >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
			  allow_all(ruleset, files->readable, RIGHTS_TO_READ) &&
			  allow_all(ruleset, files->writable, rights) &&
			  syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	const int errnum = errno;
	if (ruleset >= 0)
		close(ruleset);
	return good || ksig_error_errno(error, errnum, "landlock");
}
