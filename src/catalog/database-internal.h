/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite below all queries. */
#pragma once

#include "catalog/catalog-internal.h"
#include "catalog/catalog.h"

#include <sqlite3.h>

struct ksig_catalog {
	sqlite3 *database;
	char *path;
	GHashTable *statements; /* SQL text -> sqlite3_stmt *, owned */
};

/* Puts a statement back into the cache, bindings forgotten, when its scope ends. */
void ksig_statement_reset(sqlite3_stmt *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, ksig_statement_reset)

/* The cached statement for SQL with its parameters bound; hold it in a g_autoptr(sqlite3_stmt). */
sqlite3_stmt *ksig_catalog_query(ksig_catalog *catalog, const char *sql, const struct ksig_value *values,
				 size_t n_values, GError **error);

/* Runs a statement that gives no rows. OUT_ID (may be NULL): the row id that it inserted. */
bool ksig_catalog_run(ksig_catalog *catalog, const char *sql, const struct ksig_value *values,
		      size_t n_values, int64_t *out_id, GError **error);

/* Goes to the next row: false at the end and on an error, told apart by ERROR. */
bool ksig_catalog_next(ksig_catalog *catalog, sqlite3_stmt *statement, GError **error);

/* Makes a structure of the statement's current row. */
typedef gpointer ksig_row_fn(sqlite3_stmt *statement);

/* All rows of the query as an array of what READ makes, which FREE frees; NULL on an error. */
GPtrArray *ksig_catalog_collect(ksig_catalog *catalog, const char *sql, const struct ksig_value *values,
				size_t n_values, ksig_row_fn *read, GDestroyNotify free_row, GError **error);

/* A copy of a column's text; NULL for NULL. */
char *ksig_row_text(sqlite3_stmt *statement, int column);
