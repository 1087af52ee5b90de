/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite's errors as ksig's: what is damaged, what somebody else holds, what the disk lacks. */
#include "catalog/sqlite-error-internal.h"

#include <errno.h>
#include <sqlite3.h>

bool ksig_catalog_sqlite_error(GError **error, sqlite3 *database, const char *path)
{
	const int code = sqlite3_errcode(database) & 0xff;
	const char *message = sqlite3_errmsg(database);

	switch (code) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ksig_error_set(
			error, KSIG_ERROR_INPUT,
			"%s: damaged (%s); it can be made again: remove it and run ksig breakdown", path,
			message);
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, message);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: another ksig is writing to it",
				      path);
	case SQLITE_FULL:
		return ksig_error_errno(error, ENOSPC, "%s", path);
	default:
		if (sqlite3_system_errno(database) == ENOSPC || sqlite3_system_errno(database) == EDQUOT)
			return ksig_error_errno(error, sqlite3_system_errno(database), "%s", path);
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", path, message);
	}
}
