/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Imports in the catalog. */
#include "breakdown/record-import-internal.h"

#include "breakdown/record-evidence-internal.h"

/* Catalogs of older versions name what an import contains so. */
static const char CONTAINS[] = "contains";

char *record_import_purpose(const struct ksig_work *work, const struct ksig_match_import *import)
{
	GString *text = g_string_new("Taken in as a whole. These upstream commits lead to this state:\n\n");

	for (guint i = 0; i < import->before->len; i++) {
		const uint32_t c = g_array_index(import->before, uint32_t, i);
		g_autofree char *hex = ksig_upstream_pool_upstream(work->pool, c);
		g_autofree char *subject = ksig_utf8(
			ksig_upstream_pool_string(work->pool, work->pool->candidates[c].subject), -1);
		g_string_append_printf(text, "%.12s %s\n", hex ? hex : "-", subject);
	}
	return g_string_free(text, FALSE);
}

bool record_say_import(struct ksig_work *work, int64_t patch_id, const struct ksig_match_import *import,
		       GError **error)
{
	return record_say(
		work, patch_id, "import", 0,
		g_strdup_printf("%u new files came at once, in a state that lies behind what was taken "
				"of this history before: %u upstream commits lead to it",
				import->files->len, import->before->len),
		error);
}

bool record_say_label(struct ksig_work *work, int64_t patch_id, const struct ksig_part *part, GError **error)
{
	const struct ksig_match_import *import = part->label;

	if (!import)
		return true;
	const uint32_t last = g_array_index(import->candidates, uint32_t, import->candidates->len - 1);
	const uint32_t file = g_array_index(import->files, uint32_t, 0);
	g_autofree char *hex = ksig_upstream_pool_upstream(work->pool, last);
	g_autofree char *others = import->files->len > 1
					  ? g_strdup_printf(" and %u other files", import->files->len - 1)
					  : g_strdup("");
	return record_say(
		work, patch_id, "import", 0,
		g_strdup_printf("may have come in one go: %s%s, new, as of upstream %.12s, which %u "
				"commits made",
				work->target->files[file].change->path, others, hex ? hex : "-",
				import->candidates->len),
		error);
}

bool record_add_contained(ksig_catalog *catalog, const GPtrArray *patches, GHashTable *keys, GError **error)
{
	g_autoptr(GPtrArray) references = ksig_catalog_references_of_kind(catalog, CONTAINS, error);
	g_autoptr(GHashTable) dropped = g_hash_table_new(g_int64_hash, g_int64_equal);

	if (!references)
		return false;
	for (guint i = 0; i < patches->len; i++) {
		struct ksig_patch *patch = patches->pdata[i];
		if (patch->dropped)
			g_hash_table_add(dropped, &patch->id);
	}
	for (guint i = 0; i < references->len; i++) {
		const struct ksig_reference *reference = references->pdata[i];
		if (!g_hash_table_contains(dropped, &reference->patch_id))
			g_hash_table_add(keys, g_strdup(reference->value));
	}
	return true;
}
