/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table patch, written; names of kinds. Reading patches, which is filtered and sorted, is in
 * patch-query.c.
 */
#include "catalog/patch-write-internal.h"
#include "catalog/catalog-internal.h"
#include "catalog/database-internal.h"

#include <sqlite3.h>

static const char *const kind_names[] = {
	[KSIG_PATCH_EXACT] = "exact",
	[KSIG_PATCH_CONTEXT] = "context",
	[KSIG_PATCH_ADAPTED] = "adapted",
	[KSIG_PATCH_PARTIAL] = "partial",
	[KSIG_PATCH_REVERT] = "revert",
	[KSIG_PATCH_VENDOR] = "vendor",
	[KSIG_PATCH_UNEXPLAINED] = "unexplained",
	[KSIG_PATCH_RELEASE] = "release",
};

const char *ksig_catalog_patch_kind_name(enum ksig_patch_kind kind)
{
	return kind_names[kind];
}

bool ksig_catalog_patch_kind_parse(const char *name, enum ksig_patch_kind *out_kind, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kind_names); i++) {
		if (g_str_equal(kind_names[i], name)) {
			*out_kind = (enum ksig_patch_kind) i;
			return true;
		}
	}
	return ksig_error_set(
		error, KSIG_ERROR_USAGE,
		"%s: not a kind (exact, context, adapted, partial, revert, vendor, unexplained or release)",
		name);
}

/* The schema checks the kind: a name that it does not know never gets in. */
enum ksig_patch_kind ksig_row_kind(sqlite3_stmt *row, int column)
{
	const char *name = (const char *) sqlite3_column_text(row, column);

	for (size_t i = 0; name && i < G_N_ELEMENTS(kind_names); i++)
		if (g_str_equal(kind_names[i], name))
			return (enum ksig_patch_kind) i;
	return KSIG_PATCH_UNEXPLAINED;
}

bool ksig_catalog_add_patch(ksig_catalog *catalog, struct ksig_patch *patch, GError **error)
{
	return ksig_catalog_run(
		catalog,
		"INSERT INTO patch (kind, confidence, source, upstream, member, subject, author, email,"
		" author_date, commit_date, purpose, content, candidate, fit)"
		" VALUES (?, nullif(max(?, -1.0), -1.0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(max(?, "
		"0.0), 0.0))",
		KSIG_VALUES(KSIG_TEXT(ksig_catalog_patch_kind_name(patch->kind)),
			    KSIG_REAL(patch->confidence), KSIG_TEXT(patch->source),
			    KSIG_TEXT(patch->upstream), KSIG_TEXT(patch->member), KSIG_TEXT(patch->subject),
			    KSIG_TEXT(patch->author), KSIG_TEXT(patch->email), KSIG_TEXT(patch->author_date),
			    KSIG_TEXT(patch->commit_date), KSIG_TEXT(patch->purpose),
			    KSIG_TEXT(patch->content), KSIG_TEXT(patch->candidate), KSIG_REAL(patch->fit)),
		&patch->id, error);
}

bool ksig_catalog_move_patch(ksig_catalog *catalog, const struct ksig_patch *patch, GError **error)
{
	return ksig_catalog_run(catalog,
				"UPDATE patch SET source = ?, upstream = ?, candidate = ?, member = ?, "
				"content = ? WHERE id = ?",
				KSIG_VALUES(KSIG_TEXT(patch->source), KSIG_TEXT(patch->upstream),
					    KSIG_TEXT(patch->candidate), KSIG_TEXT(patch->member),
					    KSIG_TEXT(patch->content), KSIG_INTEGER(patch->id)),
				NULL, error);
}

void ksig_catalog_patch_free(struct ksig_patch *patch)
{
	if (!patch)
		return;
	g_free(patch->source);
	g_free(patch->upstream);
	g_free(patch->candidate);
	g_free(patch->member);
	g_free(patch->subject);
	g_free(patch->author);
	g_free(patch->email);
	g_free(patch->author_date);
	g_free(patch->commit_date);
	g_free(patch->purpose);
	g_free(patch->content);
	g_free(patch->revision);
	g_free(patch->dropped);
	g_free(patch);
}
