/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A key, a policy or their folder counts only if nobody else may write it; what is not there says nothing. */
#include "trust/owner-internal.h"

#include <errno.h>
#include <sys/stat.h>

bool trust_is_owners(const char *path, GError **error)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno == ENOENT || ksig_error_errno(error, errno, "%s", path);
	return ksig_status_is_ones_own(&status, path, "only what is root's or one's own says who is trusted",
				       error);
}
