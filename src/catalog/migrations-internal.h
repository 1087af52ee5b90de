/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema, as the list of its versions. */
#pragma once

#include "catalog/catalog.h"

#include <sqlite3.h>

/* Migrates DATABASE up to schema VERSION (0: the newest) in one transaction; a newer one is an input error.
 */
bool ksig_catalog_migrate(sqlite3 *database, const char *path, int version, GError **error);
int ksig_catalog_newest_version(void);
