/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patches of a revision counted by kind, and the nearest path or reference to one that no patch has. */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"
#include "catalog/patch-write-internal.h"

#include <sqlite3.h>

static gpointer read_kind_count(sqlite3_stmt *row)
{
	struct ksig_kind_count *count = g_new0(struct ksig_kind_count, 1);

	count->kind = ksig_row_kind(row, 0);
	count->patches = sqlite3_column_int64(row, 1);
	count->added = sqlite3_column_int64(row, 2);
	count->removed = sqlite3_column_int64(row, 3);
	return count;
}

GPtrArray *ksig_catalog_kinds(ksig_catalog *catalog, int64_t revision_id, GError **error)
{
	return ksig_catalog_collect(
		catalog,
		"SELECT kind, count(*), sum(added), sum(removed) FROM ("
		" SELECT p.kind AS kind,"
		"  (SELECT ifnull(sum(added), 0) FROM step_file WHERE step_id = s.id) AS added,"
		"  (SELECT ifnull(sum(removed), 0) FROM step_file WHERE step_id = s.id) AS removed"
		"  FROM step s JOIN patch p ON p.id = s.patch_id"
		"  WHERE s.revision_id = ? AND s.action = 'introduce')"
		" GROUP BY kind ORDER BY CASE kind WHEN 'exact' THEN 0 WHEN 'context' THEN 1"
		" WHEN 'adapted' THEN 2 WHEN 'partial' THEN 3 WHEN 'revert' THEN 4 WHEN 'vendor' THEN 5 ELSE "
		"6 END",
		KSIG_VALUES(KSIG_INTEGER(revision_id)), read_kind_count, g_free, error);
}

static gpointer read_word(sqlite3_stmt *row)
{
	return ksig_row_text(row, 0);
}

static char *nearest_of(GPtrArray *words, const char *word)
{
	if (!words)
		return NULL;
	return g_strdup(ksig_nearest(word, (const char *const *) words->pdata, words->len));
}

char *ksig_catalog_nearest_path(ksig_catalog *catalog, const char *word)
{
	g_autoptr(GPtrArray) paths = ksig_catalog_collect(catalog, "SELECT DISTINCT path FROM step_file",
							  KSIG_NO_VALUES, read_word, g_free, NULL);

	return nearest_of(paths, word);
}

char *ksig_catalog_nearest_reference(ksig_catalog *catalog, const char *kind, const char *word)
{
	g_autoptr(GPtrArray)
		values = ksig_catalog_collect(catalog, "SELECT DISTINCT value FROM reference WHERE kind = ?",
					      KSIG_VALUES(KSIG_TEXT(kind)), read_word, g_free, NULL);

	return nearest_of(values, word);
}
