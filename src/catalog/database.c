/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SQLite below all queries: opening (made aside, WAL, read-only media), prepared statements kept by their
 * text, its errors as ksig's, and contains() for SQL.
 */
#include "catalog/database-internal.h"
#include "catalog/catalog-internal.h"
#include "catalog/migrations-internal.h"
#include "catalog/sqlite-error-internal.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_TIMEOUT_MS = 10000 };

static bool run_script(ksig_catalog *catalog, const char *sql, GError **error)
{
	if (sqlite3_exec(catalog->database, sql, NULL, NULL, NULL) != SQLITE_OK)
		return ksig_catalog_sqlite_error(error, catalog->database, catalog->path);
	return true;
}

/*
 * contains(TEXT, WORD): is WORD in TEXT, case folded? SQLite's own LIKE folds ASCII only, and its wildcards
 * would have to be escaped.
 */
static void contains(sqlite3_context *context, int n_values, sqlite3_value **values)
{
	const char *text = (const char *) sqlite3_value_text(values[0]);
	const char *word = (const char *) sqlite3_value_text(values[1]);

	(void) n_values;
	if (!text || !word) {
		sqlite3_result_int(context, 0);
		return;
	}
	if (g_str_is_ascii(word)) {
		sqlite3_result_int(context, strcasestr(text, word) != NULL);
		return;
	}
	g_autofree char *folded_text = g_utf8_casefold(text, -1);
	g_autofree char *folded_word = g_utf8_casefold(word, -1);
	sqlite3_result_int(context, strstr(folded_text, folded_word) != NULL);
}

/* Opens the file; on a read-only file system, where WAL cannot work, as a file that nobody changes. */
static int open_file(ksig_catalog *catalog, bool create)
{
	const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);

	if (create || access(catalog->path, W_OK) == 0)
		return sqlite3_open_v2(catalog->path, &catalog->database, flags, NULL);
	g_autofree char *escaped = g_uri_escape_string(catalog->path, "/", FALSE);
	g_autofree char *uri = g_strdup_printf("file:%s?immutable=1", escaped);
	return sqlite3_open_v2(uri, &catalog->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
}

static bool set_up(ksig_catalog *catalog, GError **error)
{
	sqlite3_busy_timeout(catalog->database, BUSY_TIMEOUT_MS);
	sqlite3_extended_result_codes(catalog->database, 1);
	sqlite3_create_function(catalog->database, "contains", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
				contains, NULL, NULL);
	return run_script(
		       catalog,
		       "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF;",
		       error) &&
	       ksig_catalog_migrate(catalog->database, catalog->path, 0, error) &&
	       run_script(catalog, "PRAGMA foreign_keys = ON;", error);
}

static void free_statement(gpointer statement)
{
	sqlite3_finalize(statement);
}

static ksig_catalog *catalog_new(const char *folder)
{
	ksig_catalog *catalog = g_new0(ksig_catalog, 1);

	catalog->path = g_build_filename(folder, "catalog.db", NULL);
	catalog->statements = g_hash_table_new_full(ksig_string_hash, g_str_equal, g_free, free_statement);
	return catalog;
}

/*
 * A new one is made aside: who reads meanwhile finds none or a whole one, and so does who comes after a kill.
 * Its maker alone switches WAL on, as long as nobody else has it: of two that do so at once SQLite tells one
 * that the file is locked, without waiting.
 */
static bool make(const char *workspace, const char *path, GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(workspace, "ksig-catalog", error);
	g_autoptr(ksig_catalog) catalog = scratch ? catalog_new(scratch) : NULL;

	if (!catalog)
		return false;
	if (open_file(catalog, true) != SQLITE_OK)
		return ksig_catalog_sqlite_error(error, catalog->database, catalog->path);
	if (!run_script(catalog, "PRAGMA journal_mode = WAL;", error) || !set_up(catalog, error))
		return false;
	/* All of it in its one file: its log has another name, and stays here. */
	if (sqlite3_wal_checkpoint_v2(catalog->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
	    SQLITE_OK)
		return ksig_catalog_sqlite_error(error, catalog->database, catalog->path);
	g_autofree char *made = g_strdup(catalog->path);
	ksig_catalog_free(g_steal_pointer(&catalog));
	/* Somebody else's, made in between, stays. */
	return link(made, path) == 0 || errno == EEXIST || rename(made, path) == 0 ||
	       ksig_error_errno(error, errno, "%s", path);
}

ksig_catalog *ksig_catalog_open(const char *workspace, bool create, GError **error)
{
	g_autoptr(ksig_catalog) catalog = catalog_new(workspace);

	if (create)
		ksig_directory_sweep(
			workspace,
			"ksig-catalog"); /* of a run that was killed once it had given it its name */
	if (create && (!ksig_directory_make(workspace, error) ||
		       (access(catalog->path, F_OK) != 0 && !make(workspace, catalog->path, error))))
		return NULL;
	if (!create && !g_file_test(catalog->path, G_FILE_TEST_EXISTS)) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "%s: no catalog here; ksig breakdown makes one (or name another workspace "
			       "with --workspace)",
			       workspace);
		return NULL;
	}
	struct stat status;
	g_autofree char *objects = g_build_filename(workspace, "objects.git", NULL);
	if (!create && stat(catalog->path, &status) == 0 && status.st_size == 0 &&
	    g_file_test(objects, G_FILE_TEST_IS_DIR)) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: empty, as after a power cut; it can be made again: ksig breakdown",
			       catalog->path);
		return NULL;
	}
	if (open_file(catalog, create) != SQLITE_OK) {
		ksig_catalog_sqlite_error(error, catalog->database, catalog->path);
		return NULL;
	}
	return set_up(catalog, error) ? g_steal_pointer(&catalog) : NULL;
}

void ksig_catalog_free(ksig_catalog *catalog)
{
	if (!catalog)
		return;
	g_clear_pointer(&catalog->statements, g_hash_table_unref);
	sqlite3_close(catalog->database);
	g_free(catalog->path);
	g_free(catalog);
}

bool ksig_catalog_begin(ksig_catalog *catalog, GError **error)
{
	return run_script(catalog, "BEGIN IMMEDIATE", error);
}

bool ksig_catalog_commit(ksig_catalog *catalog, GError **error)
{
	return run_script(catalog, "COMMIT", error);
}

void ksig_catalog_rollback(ksig_catalog *catalog)
{
	if (!sqlite3_get_autocommit(catalog->database))
		sqlite3_exec(catalog->database, "ROLLBACK", NULL, NULL, NULL);
}

void ksig_statement_reset(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

static sqlite3_stmt *prepare(ksig_catalog *catalog, const char *sql, GError **error)
{
	sqlite3_stmt *statement = g_hash_table_lookup(catalog->statements, sql);

	if (statement)
		return statement;
	if (sqlite3_prepare_v3(catalog->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
	    SQLITE_OK) {
		ksig_catalog_sqlite_error(error, catalog->database, catalog->path);
		return NULL;
	}
	g_hash_table_insert(catalog->statements, g_strdup(sql), statement);
	return statement;
}

static int bind(sqlite3_stmt *statement, int position, const struct ksig_value *value)
{
	switch (value->type) {
	case KSIG_VALUE_INTEGER:
		return sqlite3_bind_int64(statement, position, value->integer);
	case KSIG_VALUE_REAL:
		return sqlite3_bind_double(statement, position, value->real);
	default:
		return sqlite3_bind_text(statement, position, value->text, -1, SQLITE_STATIC);
	}
}

sqlite3_stmt *ksig_catalog_query(ksig_catalog *catalog, const char *sql, const struct ksig_value *values,
				 size_t n_values, GError **error)
{
	sqlite3_stmt *statement = prepare(catalog, sql, error);

	for (size_t i = 0; statement && i < n_values; i++) {
		if (bind(statement, (int) i + 1, &values[i]) == SQLITE_OK)
			continue;
		ksig_catalog_sqlite_error(error, catalog->database, catalog->path);
		return NULL;
	}
	return statement;
}

bool ksig_catalog_run(ksig_catalog *catalog, const char *sql, const struct ksig_value *values,
		      size_t n_values, int64_t *out_id, GError **error)
{
	g_autoptr(sqlite3_stmt) statement = ksig_catalog_query(catalog, sql, values, n_values, error);

	if (!statement)
		return false;
	if (sqlite3_step(statement) != SQLITE_DONE)
		return ksig_catalog_sqlite_error(error, catalog->database, catalog->path);
	if (out_id)
		*out_id = sqlite3_last_insert_rowid(catalog->database);
	return true;
}

bool ksig_catalog_next(ksig_catalog *catalog, sqlite3_stmt *statement, GError **error)
{
	const int code = sqlite3_step(statement);

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		ksig_catalog_sqlite_error(error, catalog->database, catalog->path);
	return code == SQLITE_ROW;
}

GPtrArray *ksig_catalog_collect(ksig_catalog *catalog, const char *sql, const struct ksig_value *values,
				size_t n_values, ksig_row_fn *read_row, GDestroyNotify free_row,
				GError **error)
{
	g_autoptr(sqlite3_stmt) statement = ksig_catalog_query(catalog, sql, values, n_values, error);
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(free_row);
	g_autoptr(GError) reason = NULL;

	if (!statement)
		return NULL;
	while (ksig_catalog_next(catalog, statement, &reason))
		g_ptr_array_add(rows, read_row(statement));
	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return NULL;
	}
	return g_steal_pointer(&rows);
}

char *ksig_row_text(sqlite3_stmt *statement, int column)
{
	return g_strdup((const char *) sqlite3_column_text(statement, column));
}
