/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table contained: commits that a revision has without a line of their own, found by revision or by the
 * beginning of an id.
 */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

bool ksig_catalog_add_contained(ksig_catalog *catalog, const struct ksig_contained *contained, GError **error)
{
	/* 0 is no patch */
	static const char insert[] = "INSERT INTO contained (revision_id, patch_id, kind, source, upstream, "
				     "candidate, member, subject,"
				     " reason) VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?)";

	return ksig_catalog_run(catalog, insert,
				KSIG_VALUES(KSIG_INTEGER(contained->revision_id),
					    KSIG_INTEGER(contained->patch_id), KSIG_TEXT(contained->kind),
					    KSIG_TEXT(contained->source), KSIG_TEXT(contained->upstream),
					    KSIG_TEXT(contained->candidate), KSIG_TEXT(contained->member),
					    KSIG_TEXT(contained->subject), KSIG_TEXT(contained->reason)),
				NULL, error);
}

static gpointer read_contained(sqlite3_stmt *row)
{
	struct ksig_contained *contained = g_new0(struct ksig_contained, 1);

	contained->id = sqlite3_column_int64(row, 0);
	contained->revision_id = sqlite3_column_int64(row, 1);
	contained->patch_id = sqlite3_column_int64(row, 2);
	contained->kind = ksig_row_text(row, 3);
	contained->source = ksig_row_text(row, 4);
	contained->upstream = ksig_row_text(row, 5);
	contained->candidate = ksig_row_text(row, 6);
	contained->member = ksig_row_text(row, 7);
	contained->subject = ksig_row_text(row, 8);
	contained->reason = ksig_row_text(row, 9);
	return contained;
}

GPtrArray *ksig_catalog_contained(ksig_catalog *catalog, int64_t revision_id, const char *id, GError **error)
{
	static const char select[] =
		"SELECT id, revision_id, patch_id, kind, source, upstream, candidate, member, subject, reason"
		" FROM contained WHERE ?1 IN (0, revision_id) AND (?2 = ''"
		" OR (upstream >= ?2 AND upstream < ?2 || 'g') OR (candidate >= ?2 AND candidate < ?2 || "
		"'g'))"
		" ORDER BY id";
	g_autofree char *lower = g_ascii_strdown(id ? id : "", -1);

	return ksig_catalog_collect(catalog, select, KSIG_VALUES(KSIG_INTEGER(revision_id), KSIG_TEXT(lower)),
				    read_contained, (GDestroyNotify) ksig_catalog_contained_free, error);
}

void ksig_catalog_contained_free(struct ksig_contained *contained)
{
	if (!contained)
		return;
	g_free(contained->kind);
	g_free(contained->source);
	g_free(contained->upstream);
	g_free(contained->candidate);
	g_free(contained->member);
	g_free(contained->subject);
	g_free(contained->reason);
	g_free(contained);
}
