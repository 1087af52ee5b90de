/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose word a file on this machine is. */
#include "trust/trust-internal.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

bool trust_is_owners(const char *path, GError **error)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno == ENOENT || ksig_error_errno(error, errno, "%s", path);
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return ksig_error_set(
			error, KSIG_ERROR_ENVIRONMENT,
			"%s: belongs to user %u; only what is root's or one's own says who is trusted", path,
			(unsigned) status.st_uid);
	return !(status.st_mode & (S_IWGRP | S_IWOTH)) ||
	       ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			      "%s: others may write it (mode %04o), so it says nothing; chmod go-w", path,
			      (unsigned) status.st_mode & 07777);
}
