/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables evidence (why a patch is believed, its alternatives) and reference (its tickets, CVEs, twins,
 * upstream ids).
 */
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

bool ksig_catalog_add_evidence(ksig_catalog *catalog, const struct ksig_evidence *evidence, GError **error)
{
	return ksig_catalog_run(catalog,
				"INSERT INTO evidence (patch_id, kind, text, weight) VALUES (?, ?, ?, ?)",
				KSIG_VALUES(KSIG_INTEGER(evidence->patch_id), KSIG_TEXT(evidence->kind),
					    KSIG_TEXT(evidence->text), KSIG_REAL(evidence->weight)),
				NULL, error);
}

static gpointer read_evidence(sqlite3_stmt *row)
{
	struct ksig_evidence *evidence = g_new0(struct ksig_evidence, 1);

	evidence->patch_id = sqlite3_column_int64(row, 0);
	evidence->kind = ksig_row_text(row, 1);
	evidence->text = ksig_row_text(row, 2);
	evidence->weight = sqlite3_column_double(row, 3);
	return evidence;
}

GPtrArray *ksig_catalog_evidence(ksig_catalog *catalog, int64_t patch_id, GError **error)
{
	return ksig_catalog_collect(
		catalog, "SELECT patch_id, kind, text, weight FROM evidence WHERE patch_id = ? ORDER BY id",
		KSIG_VALUES(KSIG_INTEGER(patch_id)), read_evidence,
		(GDestroyNotify) ksig_catalog_evidence_free, error);
}

GPtrArray *ksig_catalog_evidence_of_kind(ksig_catalog *catalog, const char *kind, GError **error)
{
	return ksig_catalog_collect(
		catalog, "SELECT patch_id, kind, text, weight FROM evidence WHERE kind = ? ORDER BY id",
		KSIG_VALUES(KSIG_TEXT(kind)), read_evidence, (GDestroyNotify) ksig_catalog_evidence_free,
		error);
}

void ksig_catalog_evidence_free(struct ksig_evidence *evidence)
{
	if (!evidence)
		return;
	g_free(evidence->kind);
	g_free(evidence->text);
	g_free(evidence);
}

/* The same reference said twice is one. */
bool ksig_catalog_add_reference(ksig_catalog *catalog, const struct ksig_reference *reference, GError **error)
{
	return ksig_catalog_run(catalog,
				"INSERT INTO reference (patch_id, kind, value) VALUES (?, ?, ?)"
				" ON CONFLICT (patch_id, kind, value) DO NOTHING",
				KSIG_VALUES(KSIG_INTEGER(reference->patch_id), KSIG_TEXT(reference->kind),
					    KSIG_TEXT(reference->value)),
				NULL, error);
}

static gpointer read_reference(sqlite3_stmt *row)
{
	struct ksig_reference *reference = g_new0(struct ksig_reference, 1);

	reference->patch_id = sqlite3_column_int64(row, 0);
	reference->kind = ksig_row_text(row, 1);
	reference->value = ksig_row_text(row, 2);
	return reference;
}

GPtrArray *ksig_catalog_references(ksig_catalog *catalog, int64_t patch_id, GError **error)
{
	return ksig_catalog_collect(
		catalog,
		"SELECT patch_id, kind, value FROM reference WHERE patch_id = ? ORDER BY kind, value",
		KSIG_VALUES(KSIG_INTEGER(patch_id)), read_reference,
		(GDestroyNotify) ksig_catalog_reference_free, error);
}

GPtrArray *ksig_catalog_references_of_kind(ksig_catalog *catalog, const char *kind, GError **error)
{
	return ksig_catalog_collect(
		catalog,
		"SELECT patch_id, kind, value FROM reference WHERE kind = ? ORDER BY value, patch_id",
		KSIG_VALUES(KSIG_TEXT(kind)), read_reference, (GDestroyNotify) ksig_catalog_reference_free,
		error);
}

void ksig_catalog_reference_free(struct ksig_reference *reference)
{
	if (!reference)
		return;
	g_free(reference->kind);
	g_free(reference->value);
	g_free(reference);
}
