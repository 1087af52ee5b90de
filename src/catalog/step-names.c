/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables step_name and step_named: functions, symbols and options that a step changes, and which steps
 * have been read for them (by history/step-names.c). Names of roles are trust/refusal.c.
 */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

static gpointer read_step(sqlite3_stmt *row)
{
	struct ksig_step *step = g_new0(struct ksig_step, 1);

	step->id = sqlite3_column_int64(row, 0);
	step->commit = ksig_row_text(row, 1);
	return step;
}

GPtrArray *ksig_catalog_steps_without_names(ksig_catalog *catalog, GError **error)
{
	return ksig_catalog_collect(catalog,
				    "SELECT id, commit_id FROM step WHERE commit_id IS NOT NULL"
				    " AND id NOT IN (SELECT step_id FROM step_named) ORDER BY position",
				    KSIG_NO_VALUES, read_step, (GDestroyNotify) ksig_catalog_step_free,
				    error);
}

bool ksig_catalog_add_name(ksig_catalog *catalog, int64_t step_id, const char *kind, const char *name,
			   GError **error)
{
	return ksig_catalog_run(catalog,
				"INSERT INTO step_name (step_id, kind, name) VALUES (?, ?, ?)"
				" ON CONFLICT (step_id, kind, name) DO NOTHING",
				KSIG_VALUES(KSIG_INTEGER(step_id), KSIG_TEXT(kind), KSIG_TEXT(name)), NULL,
				error);
}

bool ksig_catalog_end_names(ksig_catalog *catalog, int64_t step_id, GError **error)
{
	return ksig_catalog_run(catalog, "INSERT INTO step_named (step_id) VALUES (?)",
				KSIG_VALUES(KSIG_INTEGER(step_id)), NULL, error);
}

static gpointer read_word(sqlite3_stmt *row)
{
	return ksig_row_text(row, 0);
}

char *ksig_catalog_nearest_name(ksig_catalog *catalog, const char *kind, const char *word)
{
	g_autoptr(GPtrArray)
		names = ksig_catalog_collect(catalog, "SELECT DISTINCT name FROM step_name WHERE kind = ?",
					     KSIG_VALUES(KSIG_TEXT(kind)), read_word, g_free, NULL);

	if (!names)
		return NULL;
	return g_strdup(ksig_nearest(word, (const char *const *) names->pdata, names->len));
}
