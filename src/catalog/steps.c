/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables step and step_file: what revisions do with patches, which paths a step changes, which earlier
 * patches touch the same files, the last step to a release.
 */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

#define STEP_COLUMNS "id, patch_id, revision_id, position, action, commit_id, reason"

static const char *const action_names[] = {
	[KSIG_STEP_INTRODUCE] = "introduce",
	[KSIG_STEP_REWORK] = "rework",
	[KSIG_STEP_DROP] = "drop",
	[KSIG_STEP_CARRY] = "carry",
};

const char *ksig_catalog_step_action_name(enum ksig_step_action action)
{
	return action_names[action];
}

static enum ksig_step_action read_action(sqlite3_stmt *row, int column)
{
	const char *name = (const char *) sqlite3_column_text(row, column);

	for (size_t i = 0; name && i < G_N_ELEMENTS(action_names); i++)
		if (g_str_equal(action_names[i], name))
			return (enum ksig_step_action) i;
	return KSIG_STEP_INTRODUCE;
}

bool ksig_catalog_add_step(ksig_catalog *catalog, struct ksig_step *step, GError **error)
{
	return ksig_catalog_run(
		catalog,
		"INSERT INTO step (patch_id, revision_id, position, action, commit_id, reason)"
		" VALUES (?, ?, ?, ?, ?, ?)",
		KSIG_VALUES(KSIG_INTEGER(step->patch_id), KSIG_INTEGER(step->revision_id),
			    KSIG_INTEGER(step->position),
			    KSIG_TEXT(ksig_catalog_step_action_name(step->action)), KSIG_TEXT(step->commit),
			    KSIG_TEXT(step->reason)),
		&step->id, error);
}

static gpointer read_step(sqlite3_stmt *row)
{
	struct ksig_step *step = g_new0(struct ksig_step, 1);

	step->id = sqlite3_column_int64(row, 0);
	step->patch_id = sqlite3_column_int64(row, 1);
	step->revision_id = sqlite3_column_int64(row, 2);
	step->position = sqlite3_column_int(row, 3);
	step->action = read_action(row, 4);
	step->commit = ksig_row_text(row, 5);
	step->reason = ksig_row_text(row, 6);
	return step;
}

GPtrArray *ksig_catalog_steps(ksig_catalog *catalog, int64_t revision_id, GError **error)
{
	if (revision_id == 0)
		return ksig_catalog_collect(catalog, "SELECT " STEP_COLUMNS " FROM step ORDER BY position",
					    KSIG_NO_VALUES, read_step,
					    (GDestroyNotify) ksig_catalog_step_free, error);
	return ksig_catalog_collect(
		catalog, "SELECT " STEP_COLUMNS " FROM step WHERE revision_id = ? ORDER BY position",
		KSIG_VALUES(KSIG_INTEGER(revision_id)), read_step, (GDestroyNotify) ksig_catalog_step_free,
		error);
}

bool ksig_catalog_last_position(ksig_catalog *catalog, const struct ksig_revision *revision,
				int *out_position, GError **error)
{
	g_autoptr(sqlite3_stmt) statement = ksig_catalog_query(
		catalog,
		"SELECT ifnull(max(last), 0) FROM (SELECT (SELECT max(position) FROM step"
		" WHERE revision_id = r.id) AS last FROM revision r WHERE r.position <= ?)",
		KSIG_VALUES(KSIG_INTEGER(revision ? revision->position : G_MAXINT)), error);

	if (!statement || !ksig_catalog_next(catalog, statement, error))
		return false;
	*out_position = sqlite3_column_int(statement, 0);
	return true;
}

GPtrArray *ksig_catalog_steps_of_patch(ksig_catalog *catalog, int64_t patch_id, GError **error)
{
	return ksig_catalog_collect(catalog,
				    "SELECT " STEP_COLUMNS " FROM step WHERE patch_id = ? ORDER BY position",
				    KSIG_VALUES(KSIG_INTEGER(patch_id)), read_step,
				    (GDestroyNotify) ksig_catalog_step_free, error);
}

GPtrArray *ksig_catalog_steps_of_path(ksig_catalog *catalog, const char *path, GError **error)
{
	return ksig_catalog_collect(catalog,
				    "SELECT " STEP_COLUMNS " FROM step JOIN step_file ON step_id = id"
				    " WHERE path = ? ORDER BY position",
				    KSIG_VALUES(KSIG_TEXT(path)), read_step,
				    (GDestroyNotify) ksig_catalog_step_free, error);
}

bool ksig_catalog_last_release(ksig_catalog *catalog, int64_t revision_id, struct ksig_step **out_step,
			       struct ksig_patch **out_patch, GError **error)
{
	g_autoptr(GPtrArray) steps = ksig_catalog_collect(
		catalog,
		"SELECT s.id, s.patch_id, s.revision_id, s.position, s.action, s.commit_id, s.reason"
		" FROM patch p JOIN step s ON s.patch_id = p.id WHERE p.kind = 'release' AND (? = 0 OR"
		" s.position <= (SELECT max(position) FROM step WHERE revision_id <= ?))"
		" ORDER BY s.position DESC LIMIT 1",
		KSIG_VALUES(KSIG_INTEGER(revision_id), KSIG_INTEGER(revision_id)), read_step,
		(GDestroyNotify) ksig_catalog_step_free, error);

	if (!steps)
		return false;
	*out_step = steps->len > 0 ? g_ptr_array_steal_index(steps, 0) : NULL;
	if (!out_patch)
		return true;
	*out_patch = NULL;
	if (!*out_step)
		return true;
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, (*out_step)->patch_id);
	*out_patch = ksig_catalog_find_patch(catalog, number, error);
	if (!*out_patch)
		g_clear_pointer(out_step, ksig_catalog_step_free);
	return *out_patch != NULL;
}

void ksig_catalog_step_free(struct ksig_step *step)
{
	if (!step)
		return;
	g_free(step->commit);
	g_free(step->reason);
	g_free(step);
}

bool ksig_catalog_add_step_file(ksig_catalog *catalog, const struct ksig_step_file *file, GError **error)
{
	return ksig_catalog_run(catalog,
				"INSERT INTO step_file (step_id, path, added, removed) VALUES (?, ?, ?, ?)",
				KSIG_VALUES(KSIG_INTEGER(file->step_id), KSIG_TEXT(file->path),
					    KSIG_INTEGER(file->added), KSIG_INTEGER(file->removed)),
				NULL, error);
}

static gpointer read_step_file(sqlite3_stmt *row)
{
	struct ksig_step_file *file = g_new0(struct ksig_step_file, 1);

	file->step_id = sqlite3_column_int64(row, 0);
	file->path = ksig_row_text(row, 1);
	file->added = sqlite3_column_int64(row, 2);
	file->removed = sqlite3_column_int64(row, 3);
	return file;
}

GPtrArray *ksig_catalog_step_files(ksig_catalog *catalog, int64_t step_id, GError **error)
{
	return ksig_catalog_collect(
		catalog,
		"SELECT step_id, path, added, removed FROM step_file WHERE step_id = ? ORDER BY path",
		KSIG_VALUES(KSIG_INTEGER(step_id)), read_step_file,
		(GDestroyNotify) ksig_catalog_step_file_free, error);
}

GPtrArray *ksig_catalog_unexplained_files(ksig_catalog *catalog, int64_t revision_id, GError **error)
{
	return ksig_catalog_collect(
		catalog,
		"SELECT 0, f.path, sum(f.added), sum(f.removed) FROM step s JOIN patch p ON p.id = s.patch_id"
		" JOIN step_file f ON f.step_id = s.id"
		" WHERE s.revision_id = ? AND s.action = 'introduce' AND p.kind = 'unexplained'"
		" GROUP BY f.path ORDER BY f.path",
		KSIG_VALUES(KSIG_INTEGER(revision_id)), read_step_file,
		(GDestroyNotify) ksig_catalog_step_file_free, error);
}

void ksig_catalog_step_file_free(struct ksig_step_file *file)
{
	if (!file)
		return;
	g_free(file->path);
	g_free(file);
}

static gpointer read_number(sqlite3_stmt *row)
{
	const int64_t number = sqlite3_column_int64(row, 0);

	return g_memdup2(&number, sizeof number);
}

GPtrArray *ksig_catalog_before_patch(ksig_catalog *catalog, int64_t patch_id, int after, GError **error)
{
	return ksig_catalog_collect(
		catalog,
		"SELECT DISTINCT o.patch_id FROM step s JOIN step_file f ON f.step_id = s.id"
		" JOIN step_file g ON g.path = f.path JOIN step o ON o.id = g.step_id"
		" WHERE s.patch_id = ?1 AND o.patch_id <> ?1 AND o.position < s.position AND o.position > ?2"
		" ORDER BY o.patch_id",
		KSIG_VALUES(KSIG_INTEGER(patch_id), KSIG_INTEGER(after)), read_number, g_free, error);
}
