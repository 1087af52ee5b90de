/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file itself: absent, foreign, damaged, older, newer, locked, broken rules. */
#include "catalog/database-internal.h"
#include "catalog/migrations-internal.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

static char *catalog_path(const char *folder)
{
	return g_build_filename(folder, "catalog.db", NULL);
}

static void run_sql(const char *folder, const char *sql)
{
	g_autofree char *path = catalog_path(folder);
	sqlite3 *database = NULL;

	g_assert_cmpint(sqlite3_open(path, &database), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(database, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(database);
}

static void make_catalog(const char *folder)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(folder, true, &error);

	g_assert_no_error(error);
	for (int i = 0; i < 200; i++) {
		struct ksig_patch patch = {.subject = (char *) "subject", .confidence = 0.5};
		g_assert_true(ksig_catalog_add_patch(catalog, &patch, &error));
	}
}

static void assert_refused(const char *folder, enum ksig_error code, const char *words)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(folder, false, &error);

	g_assert_null(catalog);
	g_assert_error(error, KSIG_ERROR, (int) code);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, words));
}

static void test_absent(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);

	assert_refused(folder, KSIG_ERROR_NEGATIVE, "no catalog here; ksig breakdown makes one");
}

static void test_newer(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);

	make_catalog(folder);
	run_sql(folder, "PRAGMA user_version = 4711");
	assert_refused(folder, KSIG_ERROR_INPUT, "schema version 4711");
}

static void test_foreign(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);

	run_sql(folder, "CREATE TABLE bookmark (url TEXT)");
	assert_refused(folder, KSIG_ERROR_INPUT, "not a catalog of ksig");
}

static void test_not_a_database(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);
	g_autofree char *path = catalog_path(folder);
	g_autofree char *junk = g_strnfill(5000, 'x');

	g_assert_true(g_file_set_contents(path, junk, -1, NULL));
	assert_refused(folder, KSIG_ERROR_INPUT, "damaged");
}

/* Pages overwritten in the middle are found when they are read. */
static void test_damaged_page(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);
	g_autofree char *path = catalog_path(folder);
	g_autoptr(GError) error = NULL;
	g_autofree char *bytes = NULL;
	gsize length = 0;

	make_catalog(folder);
	g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	memset(bytes + 16384, 0xa5, length - 16384);
	g_assert_true(g_file_set_contents(path, bytes, (gssize) length, NULL));
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(folder, false, &error);
	if (catalog)
		g_assert_null(ksig_catalog_patches(catalog, &(struct ksig_filter){NULL}, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

static const char older_rows[] =
	"INSERT INTO setting VALUES ('kept', 'yes');"
	"INSERT INTO revision (id, position, label, changed_lines, explained_lines) VALUES (1, 0, '1.0', 0, "
	"0);"
	"INSERT INTO patch (id, kind, confidence, subject) VALUES (7, 'vendor', 0.5, 'a patch');"
	"INSERT INTO step (id, patch_id, revision_id, position, action) VALUES (3, 7, 1, 1, 'introduce');"
	"INSERT INTO step_file VALUES (3, 'a.c', 1, 1);";

/* An older catalog, with what it holds, becomes one of today. */
static void test_older(void)
{
	for (int version = 0; version < ksig_catalog_newest_version(); version++) {
		g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);
		g_autofree char *path = catalog_path(folder);
		g_autoptr(GError) error = NULL;
		sqlite3 *database = NULL;

		g_assert_cmpint(sqlite3_open(path, &database), ==, SQLITE_OK);
		if (version > 0)
			g_assert_true(ksig_catalog_migrate(database, path, version, &error));
		sqlite3_close(database);
		if (version > 0)
			run_sql(folder, older_rows);
		g_autoptr(ksig_catalog) catalog = ksig_catalog_open(folder, false, &error);
		g_assert_no_error(error);
		g_autofree char *kept = ksig_catalog_get(catalog, "kept", &error);
		g_assert_cmpstr(kept, ==, version > 0 ? "yes" : NULL);
		g_autoptr(GPtrArray) steps = ksig_catalog_steps_of_path(catalog, "a.c", &error);
		g_assert_cmpuint(steps ? steps->len : 0, ==, version > 0);
		/* the rows that stand on others still do */
		run_sql(folder, "PRAGMA foreign_keys = ON; INSERT INTO reference SELECT id, 'cve', 'CVE-1' "
				"FROM patch");
		sqlite3_stmt *broken = NULL;
		g_assert_cmpint(
			sqlite3_prepare_v2(catalog->database, "PRAGMA foreign_key_check", -1, &broken, NULL),
			==, SQLITE_OK);
		g_assert_cmpint(sqlite3_step(broken), ==, SQLITE_DONE);
		sqlite3_finalize(broken);
	}
}

static void test_locked(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_catalog) first = ksig_catalog_open(folder, true, &error);
	g_autoptr(ksig_catalog) second = ksig_catalog_open(folder, true, &error);

	g_assert_no_error(error);
	sqlite3_busy_timeout(second->database, 10);
	g_assert_true(ksig_catalog_begin(first, &error));
	g_assert_false(ksig_catalog_begin(second, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_ENVIRONMENT);
	g_assert_nonnull(strstr(error->message, "another ksig is writing to it"));
}

static int journal_mode(void *mode, int n_columns, char **values, char **names)
{
	(void) n_columns;
	(void) names;
	*(char **) mode = g_strdup(values[0]);
	return 0;
}

/* WAL, in which readers wait for nobody, is its maker's: who only opens it changes nothing, and so waits for
 * nobody. */
static void test_open_beside_writer(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *mode = NULL;
	g_autoptr(ksig_catalog) first = ksig_catalog_open(folder, true, &error);

	g_assert_no_error(error);
	sqlite3_exec(first->database, "PRAGMA journal_mode", journal_mode, &mode, NULL);
	g_assert_cmpstr(mode, ==, "wal");
	g_clear_pointer(&first, ksig_catalog_free);
	run_sql(folder, "PRAGMA journal_mode = DELETE");
	g_autofree char *path = catalog_path(folder);
	sqlite3 *writer = NULL;
	g_assert_cmpint(sqlite3_open(path, &writer), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
	g_autoptr(ksig_catalog) second = ksig_catalog_open(folder, false, &error);
	g_assert_no_error(error);
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(second, &(struct ksig_filter){NULL}, &error);
	g_assert_no_error(error);
	g_assert_nonnull(patches);
	sqlite3_close(writer);
}

/* A published workspace on a read-only medium can be asked. */
static void test_read_only(void)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);
	g_autofree char *path = catalog_path(folder);
	g_autoptr(GError) error = NULL;

	make_catalog(folder);
	g_chmod(path, 0444);
	g_chmod(folder, 0555);
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(folder, false, &error);
	g_assert_no_error(error);
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(catalog, &(struct ksig_filter){NULL}, &error);
	g_assert_cmpuint(patches->len, ==, 200);
	g_chmod(folder, 0755);
}

static const struct ksig_patch broken[] = {
	{.subject = (char *) "too sure", .confidence = 1.5},
	{.subject = (char *) "less than nothing", .confidence = -0.1},
	{.subject = NULL, .confidence = 0.5},
	{.subject = (char *) "no id", .confidence = 0.5, .upstream = (char *) ""},
};

static void test_rules(gconstpointer data)
{
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "schema", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(folder, true, &error);
	struct ksig_patch patch = *(const struct ksig_patch *) data;

	g_assert_no_error(error);
	g_assert_false(ksig_catalog_add_patch(catalog, &patch, &error));
	g_assert_error(error, KSIG_ERROR, KSIG_ERROR_INPUT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/schema/absent", test_absent);
	g_test_add_func("/schema/newer", test_newer);
	g_test_add_func("/schema/older", test_older);
	g_test_add_func("/schema/foreign", test_foreign);
	g_test_add_func("/schema/not-a-database", test_not_a_database);
	g_test_add_func("/schema/damaged-page", test_damaged_page);
	g_test_add_func("/schema/locked", test_locked);
	g_test_add_func("/schema/open-beside-writer", test_open_beside_writer);
	g_test_add_func("/schema/read-only", test_read_only);
	for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
		g_autofree char *path = g_strdup_printf("/schema/rules/%zu", i);
		g_test_add_data_func(path, &broken[i], test_rules);
	}
	return g_test_run();
}
