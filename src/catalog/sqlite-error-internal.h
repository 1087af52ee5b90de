/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite's errors as ksig's. */
#pragma once

#include "catalog/catalog.h"

#include <sqlite3.h>

/*
 * Sets ERROR from the database's last error and returns false: a damaged file or a broken rule of the schema
 * is an input error, a lock, a full disk or a missing permission one of the environment.
 */
bool ksig_catalog_sqlite_error(GError **error, sqlite3 *database, const char *path);
