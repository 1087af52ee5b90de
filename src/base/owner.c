/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose word a file on this machine is: root's or one's own, if nobody else may write it. */
#include "base/base.h"

#include <sys/stat.h>
#include <unistd.h>

bool ksig_status_is_ones_own(const struct stat *status, const char *path, const char *expected,
			     GError **error)
{
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: belongs to user %u; %s", path,
				      (unsigned) status->st_uid, expected);
	return !(status->st_mode & (S_IWGRP | S_IWOTH)) ||
	       ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			      "%s: others may write it (mode %04o), so it says nothing; chmod go-w", path,
			      (unsigned) status->st_mode & 07777);
}
