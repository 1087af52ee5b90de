/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table entry: changelog entries of revisions, linked to the patch that each is about, and their counts
 * between two revisions.
 */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

#define ENTRY_COLUMNS                                                                                        \
	"id, revision_id, release, date, position, subject, subsystem, author, text, ifnull(patch_id, 0)"

bool ksig_catalog_add_entry(ksig_catalog *catalog, struct ksig_entry *entry, GError **error)
{
	return ksig_catalog_run(
		catalog,
		"INSERT INTO entry (revision_id, release, date, position, subject, subsystem, author, text,"
		" patch_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0))",
		KSIG_VALUES(KSIG_INTEGER(entry->revision_id), KSIG_TEXT(entry->release),
			    KSIG_TEXT(entry->date), KSIG_INTEGER(entry->position), KSIG_TEXT(entry->subject),
			    KSIG_TEXT(entry->subsystem), KSIG_TEXT(entry->author), KSIG_TEXT(entry->text),
			    KSIG_INTEGER(entry->patch_id)),
		&entry->id, error);
}

bool ksig_catalog_link_entry(ksig_catalog *catalog, int64_t entry_id, int64_t patch_id, GError **error)
{
	return ksig_catalog_run(catalog, "UPDATE entry SET patch_id = nullif(?, 0) WHERE id = ?",
				KSIG_VALUES(KSIG_INTEGER(patch_id), KSIG_INTEGER(entry_id)), NULL, error);
}

static gpointer read_entry(sqlite3_stmt *row)
{
	struct ksig_entry *entry = g_new0(struct ksig_entry, 1);

	entry->id = sqlite3_column_int64(row, 0);
	entry->revision_id = sqlite3_column_int64(row, 1);
	entry->release = ksig_row_text(row, 2);
	entry->date = ksig_row_text(row, 3);
	entry->position = sqlite3_column_int(row, 4);
	entry->subject = ksig_row_text(row, 5);
	entry->subsystem = ksig_row_text(row, 6);
	entry->author = ksig_row_text(row, 7);
	entry->text = ksig_row_text(row, 8);
	entry->patch_id = sqlite3_column_int64(row, 9);
	return entry;
}

GPtrArray *ksig_catalog_entries(ksig_catalog *catalog, int64_t revision_id, GError **error)
{
	if (revision_id == 0)
		return ksig_catalog_collect(catalog, "SELECT " ENTRY_COLUMNS " FROM entry ORDER BY id",
					    KSIG_NO_VALUES, read_entry,
					    (GDestroyNotify) ksig_catalog_entry_free, error);
	return ksig_catalog_collect(catalog,
				    "SELECT " ENTRY_COLUMNS " FROM entry WHERE revision_id = ? ORDER BY id",
				    KSIG_VALUES(KSIG_INTEGER(revision_id)), read_entry,
				    (GDestroyNotify) ksig_catalog_entry_free, error);
}

bool ksig_catalog_count_entries(ksig_catalog *catalog, int after, int upto,
				struct ksig_entry_counts *out_counts, GError **error)
{
	/* sums have one row, whatever there is */
	g_autoptr(sqlite3_stmt) row = ksig_catalog_query(
		catalog,
		"SELECT count(*), total(p.kind NOT IN ('vendor', 'unexplained')),"
		" total(p.kind IN ('vendor', 'unexplained')) FROM entry e"
		" JOIN revision r ON r.id = e.revision_id LEFT JOIN patch p ON p.id = e.patch_id"
		" WHERE r.position > ? AND r.position <= ?",
		KSIG_VALUES(KSIG_INTEGER(after), KSIG_INTEGER(upto)), error);

	if (!row || !ksig_catalog_next(catalog, row, error))
		return false;
	out_counts->all = sqlite3_column_int64(row, 0);
	out_counts->upstream = sqlite3_column_int64(row, 1);
	out_counts->others = sqlite3_column_int64(row, 2);
	return true;
}

GPtrArray *ksig_catalog_entries_with(ksig_catalog *catalog, const char *words, GError **error)
{
	return ksig_catalog_collect(
		catalog, "SELECT " ENTRY_COLUMNS " FROM entry WHERE text LIKE '%' || ? || '%' ORDER BY id",
		KSIG_VALUES(KSIG_TEXT(words)), read_entry, (GDestroyNotify) ksig_catalog_entry_free, error);
}

GPtrArray *ksig_catalog_entries_of_patch(ksig_catalog *catalog, int64_t patch_id, GError **error)
{
	return ksig_catalog_collect(catalog,
				    "SELECT " ENTRY_COLUMNS " FROM entry WHERE patch_id = ? ORDER BY id",
				    KSIG_VALUES(KSIG_INTEGER(patch_id)), read_entry,
				    (GDestroyNotify) ksig_catalog_entry_free, error);
}

void ksig_catalog_entry_free(struct ksig_entry *entry)
{
	if (!entry)
		return;
	g_free(entry->release);
	g_free(entry->date);
	g_free(entry->subject);
	g_free(entry->subsystem);
	g_free(entry->author);
	g_free(entry->text);
	g_free(entry);
}
