/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables setting (names and values) and upstream (the pools that a workspace knows; "own" once set
 * stays).
 */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

bool ksig_catalog_set(ksig_catalog *catalog, const char *name, const char *value, GError **error)
{
	return ksig_catalog_run(catalog,
				"INSERT INTO setting (name, value) VALUES (?, ?)"
				" ON CONFLICT (name) DO UPDATE SET value = excluded.value",
				KSIG_VALUES(KSIG_TEXT(name), KSIG_TEXT(value)), NULL, error);
}

char *ksig_catalog_get(ksig_catalog *catalog, const char *name, GError **error)
{
	g_autoptr(sqlite3_stmt) statement = ksig_catalog_query(
		catalog, "SELECT value FROM setting WHERE name = ?", KSIG_VALUES(KSIG_TEXT(name)), error);

	if (!statement || !ksig_catalog_next(catalog, statement, error))
		return NULL;
	return ksig_row_text(statement, 0);
}

bool ksig_catalog_put_upstream(ksig_catalog *catalog, const struct ksig_catalog_upstream *upstream,
			       GError **error)
{
	return ksig_catalog_run(catalog,
				"INSERT INTO upstream (name, argument, own) VALUES (?, ?, ?)"
				" ON CONFLICT (name) DO UPDATE SET argument = excluded.argument,"
				" own = max(own, excluded.own)",
				KSIG_VALUES(KSIG_TEXT(upstream->name), KSIG_TEXT(upstream->argument),
					    KSIG_INTEGER(upstream->own)),
				NULL, error);
}

bool ksig_catalog_remove_upstream(ksig_catalog *catalog, const char *name, GError **error)
{
	if (!ksig_catalog_run(catalog, "DELETE FROM upstream WHERE name = ?", KSIG_VALUES(KSIG_TEXT(name)),
			      NULL, error))
		return false;
	return sqlite3_changes(catalog->database) > 0 ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			      "%s: no such upstream (ksig upstream list shows them)", name);
}

static gpointer read_upstream(sqlite3_stmt *row)
{
	struct ksig_catalog_upstream *upstream = g_new0(struct ksig_catalog_upstream, 1);

	upstream->name = ksig_row_text(row, 0);
	upstream->argument = ksig_row_text(row, 1);
	upstream->own = sqlite3_column_int(row, 2);
	return upstream;
}

GPtrArray *ksig_catalog_upstreams(ksig_catalog *catalog, GError **error)
{
	return ksig_catalog_collect(catalog, "SELECT name, argument, own FROM upstream ORDER BY id",
				    KSIG_NO_VALUES, read_upstream,
				    (GDestroyNotify) ksig_catalog_upstream_free, error);
}

void ksig_catalog_upstream_free(struct ksig_catalog_upstream *upstream)
{
	if (!upstream)
		return;
	g_free(upstream->name);
	g_free(upstream->argument);
	g_free(upstream);
}
