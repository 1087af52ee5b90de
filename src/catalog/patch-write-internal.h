/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table patch, written; names of kinds. */
#pragma once

#include "catalog/catalog.h"

#include <sqlite3.h>

/* A column that holds the name of a kind of patch. */
enum ksig_patch_kind ksig_row_kind(sqlite3_stmt *statement, int column);
