/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CVEs that one revision's patches fix, only where a patch itself claims it: what an advisory of publish
 * says.
 */
#include "history/cve-internal.h"

static void free_fix(gpointer data)
{
	struct ksig_cve_fix *fix = data;

	g_free(fix->cve);
	g_free(fix->subject);
	g_free(fix->words);
	g_free(fix->upstream);
	g_free(fix);
}

static void add_fix(GPtrArray *fixes, const struct ksig_reference *reference, const struct ksig_patch *patch)
{
	struct ksig_cve_fix *fix = g_new0(struct ksig_cve_fix, 1);

	fix->cve = g_ascii_strup(reference->value, -1);
	fix->subject = g_strdup(patch->subject);
	fix->words = g_strdup_printf("%s\n%s", patch->subject ? patch->subject : "",
				     patch->purpose ? patch->purpose : "");
	fix->upstream = g_strdup(patch->upstream);
	g_ptr_array_add(fixes, fix);
}

GPtrArray *ksig_history_cve_fixes(ksig_catalog *catalog, const char *label, GError **error)
{
	const struct ksig_filter filter = {.revisions = (const char *const[]){label, NULL}};
	g_autoptr(GPtrArray) patches = ksig_catalog_patches(catalog, &filter, error);
	g_autoptr(GPtrArray) references = patches ? ksig_catalog_references_of_kind(catalog, "cve", error)
						  : NULL;
	g_autoptr(ksig_cve_book) book = references ? ksig_history_cve_book_open(catalog, error) : NULL;
	g_autoptr(GPtrArray) fixes = g_ptr_array_new_with_free_func(free_fix);
	g_autoptr(GHashTable) by_id = g_hash_table_new(g_int64_hash, g_int64_equal);

	if (!book)
		return NULL;
	for (guint i = 0; i < patches->len; i++) {
		struct ksig_patch *patch = g_ptr_array_index(patches, i);
		g_hash_table_insert(by_id, &patch->id, patch);
	}
	for (guint i = 0; i < references->len; i++) {
		const struct ksig_reference *reference = g_ptr_array_index(references, i);
		const struct ksig_patch *patch = g_hash_table_lookup(by_id, &reference->patch_id);
		if (patch && patch->kind != KSIG_PATCH_REVERT &&
		    cve_book_claims(book, patch, reference->value))
			add_fix(fixes, reference, patch);
	}
	return g_steal_pointer(&fixes);
}
