/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table revision: a label is there once, and is found by a part of it where that is clear (labels.c);
 * without one it is the last.
 */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"
#include "catalog/labels-internal.h"

#include <sqlite3.h>

#define REVISION_COLUMNS                                                                                     \
	"id, position, label, argument, tree, commit_id, date, changed_lines, explained_lines,"              \
	" ifnull(model_id, 0), ifnull(threshold, 0)"

static bool label_is_there(ksig_catalog *catalog, const char *label, bool *out_there, GError **error)
{
	g_autoptr(sqlite3_stmt) statement = ksig_catalog_query(
		catalog, "SELECT 1 FROM revision WHERE label = ?", KSIG_VALUES(KSIG_TEXT(label)), error);
	g_autoptr(GError) reason = NULL;

	if (!statement)
		return false;
	*out_there = ksig_catalog_next(catalog, statement, &reason);
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	return !reason;
}

static bool next_position(ksig_catalog *catalog, int *out_position, GError **error)
{
	g_autoptr(sqlite3_stmt) statement = ksig_catalog_query(
		catalog, "SELECT ifnull(max(position) + 1, 0) FROM revision", KSIG_NO_VALUES, error);

	if (!statement || !ksig_catalog_next(catalog, statement, error))
		return false;
	*out_position = sqlite3_column_int(statement, 0);
	return true;
}

bool ksig_catalog_add_revision(ksig_catalog *catalog, struct ksig_revision *revision, GError **error)
{
	bool there = false;

	if (!label_is_there(catalog, revision->label, &there, error))
		return false;
	if (there)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "revision %s: the workspace has it already",
				      revision->label);
	if (!next_position(catalog, &revision->position, error))
		return false;
	return ksig_catalog_run(
		catalog,
		"INSERT INTO revision (position, label, argument, tree, commit_id, date, changed_lines,"
		" explained_lines, model_id, threshold) VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), "
		"nullif(?, 0.0))",
		KSIG_VALUES(KSIG_INTEGER(revision->position), KSIG_TEXT(revision->label),
			    KSIG_TEXT(revision->argument), KSIG_TEXT(revision->tree),
			    KSIG_TEXT(revision->commit), KSIG_TEXT(revision->date),
			    KSIG_INTEGER(revision->changed_lines), KSIG_INTEGER(revision->explained_lines),
			    KSIG_INTEGER(revision->model_id), KSIG_REAL(revision->threshold)),
		&revision->id, error);
}

bool ksig_catalog_update_revision(ksig_catalog *catalog, const struct ksig_revision *revision, GError **error)
{
	return ksig_catalog_run(
		catalog,
		"UPDATE revision SET argument = ?, tree = ?, commit_id = ?, date = ?, changed_lines = ?,"
		" explained_lines = ? WHERE id = ?",
		KSIG_VALUES(KSIG_TEXT(revision->argument), KSIG_TEXT(revision->tree),
			    KSIG_TEXT(revision->commit), KSIG_TEXT(revision->date),
			    KSIG_INTEGER(revision->changed_lines), KSIG_INTEGER(revision->explained_lines),
			    KSIG_INTEGER(revision->id)),
		NULL, error);
}

static gpointer read_revision(sqlite3_stmt *row)
{
	struct ksig_revision *revision = g_new0(struct ksig_revision, 1);

	revision->id = sqlite3_column_int64(row, 0);
	revision->position = sqlite3_column_int(row, 1);
	revision->label = ksig_row_text(row, 2);
	revision->argument = ksig_row_text(row, 3);
	revision->tree = ksig_row_text(row, 4);
	revision->commit = ksig_row_text(row, 5);
	revision->date = ksig_row_text(row, 6);
	revision->changed_lines = sqlite3_column_int64(row, 7);
	revision->explained_lines = sqlite3_column_int64(row, 8);
	revision->model_id = sqlite3_column_int64(row, 9);
	revision->threshold = sqlite3_column_double(row, 10);
	return revision;
}

GPtrArray *ksig_catalog_revisions(ksig_catalog *catalog, GError **error)
{
	return ksig_catalog_collect(catalog, "SELECT " REVISION_COLUMNS " FROM revision ORDER BY position",
				    KSIG_NO_VALUES, read_revision,
				    (GDestroyNotify) ksig_catalog_revision_free, error);
}

static void say_unknown(const GPtrArray *revisions, const char *label, GError **error)
{
	g_autoptr(GPtrArray) labels = g_ptr_array_new();

	if (revisions->len == 0) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "the workspace has no revision yet; ksig breakdown adds them");
		return;
	}
	for (guint i = 0; i < revisions->len; i++)
		g_ptr_array_add(labels, ((struct ksig_revision *) revisions->pdata[i])->label);
	const char *nearest = ksig_nearest(label, (const char *const *) labels->pdata, labels->len);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no such revision; did you mean %s?", label, nearest);
}

struct ksig_revision *ksig_catalog_find_revision(ksig_catalog *catalog, const char *label, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(catalog, error);
	g_autoptr(GPtrArray) labels = g_ptr_array_new();
	guint found = 0;

	if (!revisions)
		return NULL;
	for (guint i = 0; i < revisions->len; i++)
		g_ptr_array_add(labels, ((struct ksig_revision *) revisions->pdata[i])->label);
	if (!label && revisions->len > 0)
		return g_ptr_array_steal_index(revisions, revisions->len - 1);
	switch (ksig_label_find(labels, label ? label : "", &found, error)) {
	case 1:
		return g_ptr_array_steal_index(revisions, found);
	case 0:
		say_unknown(revisions, label, error);
		return NULL;
	default:
		return NULL;
	}
}

bool ksig_catalog_known_revision(ksig_catalog *catalog, const char *label,
				 struct ksig_revision **out_revision, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_collect(
		catalog, "SELECT " REVISION_COLUMNS " FROM revision WHERE label = ?",
		KSIG_VALUES(KSIG_TEXT(label)), read_revision, (GDestroyNotify) ksig_catalog_revision_free,
		error);

	*out_revision = revisions && revisions->len > 0 ? g_ptr_array_steal_index(revisions, 0) : NULL;
	return revisions != NULL;
}

void ksig_catalog_revision_free(struct ksig_revision *revision)
{
	if (!revision)
		return;
	g_free(revision->label);
	g_free(revision->argument);
	g_free(revision->tree);
	g_free(revision->commit);
	g_free(revision->date);
	g_free(revision);
}
