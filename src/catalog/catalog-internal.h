/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside catalog: the database handle, its statements, and how a row becomes a structure. A list is always
 * read to its end before it is returned, so that a cached statement is never in use twice.
 */
#pragma once

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

/*
 * Sets ERROR from the database's last error and returns false: a damaged file or a broken rule of the schema
 * is an input error, a lock, a full disk or a missing permission one of the environment.
 */
bool ksig_catalog_sqlite_error(GError **error, sqlite3 *database, const char *path);

/* Migrates DATABASE up to schema VERSION (0: the newest) in one transaction; a newer one is an input error.
 */
bool ksig_catalog_migrate(sqlite3 *database, const char *path, int version, GError **error);
int ksig_catalog_newest_version(void);

/* One parameter of a statement. Text is not copied: it must live until the statement has run. */
struct ksig_value {
	enum { KSIG_VALUE_TEXT, KSIG_VALUE_INTEGER, KSIG_VALUE_REAL } type;
	const char *text; /* NULL binds NULL */
	int64_t integer;
	double real;
};
#define KSIG_TEXT(string)                                                                                    \
	{                                                                                                    \
		.type = KSIG_VALUE_TEXT, .text = (string)                                                    \
	}
#define KSIG_INTEGER(number)                                                                                 \
	{                                                                                                    \
		.type = KSIG_VALUE_INTEGER, .integer = (number)                                              \
	}
#define KSIG_REAL(number)                                                                                    \
	{                                                                                                    \
		.type = KSIG_VALUE_REAL, .real = (number)                                                    \
	}

/* The parameters of ksig_catalog_query() and ksig_catalog_run(): an array and its length. */
#define KSIG_VALUES(...)                                                                                     \
	(const struct ksig_value[]){__VA_ARGS__},                                                            \
		sizeof((const struct ksig_value[]){__VA_ARGS__}) / sizeof(struct ksig_value)
#define KSIG_NO_VALUES NULL, 0

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

/* A column that holds the name of a kind of patch. */
enum ksig_patch_kind ksig_row_kind(sqlite3_stmt *statement, int column);

/*
 * Which of LABELS (char *) WORD means, whole or shortened as people do: how many it may be; OUT_INDEX: which,
 * if it is one. ERROR says which they are if there are several, and is not set if there is none.
 */
int ksig_label_find(const GPtrArray *labels, const char *word, guint *out_index, GError **error);
