/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An import in the catalog: references of kind "contains" name its commits. */
#include "breakdown/record-import-internal.h"

#include "breakdown/keys-internal.h"
#include "breakdown/record-evidence-internal.h"

static const char CONTAINS[] = "contains";

static const struct ksig_candidate *contained(const struct ksig_work *work,
					      const struct ksig_match_import *import, guint i)
{
	return &work->pool->candidates[g_array_index(import->candidates, uint32_t, i)];
}

/* The key under which later revisions know the commit. */
static char *key_of(const struct ksig_work *work, const struct ksig_match_import *import, guint i)
{
	uint32_t number = 0;
	const struct ksig_pool *origin = ksig_upstream_pool_origin(
		work->pool, g_array_index(import->candidates, uint32_t, i), &number);

	return key_of_candidate(origin, number);
}

char *record_import_purpose(const struct ksig_work *work, const struct ksig_match_import *import)
{
	GString *text = g_string_new("Taken in as a whole. These upstream commits lead to this state:\n\n");

	for (guint i = 0; i < import->candidates->len; i++) {
		const struct ksig_candidate *candidate = contained(work, import, i);
		g_autofree char *hex = ksig_upstream_candidate_hex(candidate);
		g_autofree char *subject = ksig_utf8(
			ksig_upstream_pool_string(work->pool, candidate->subject), -1);
		g_string_append_printf(text, "%.12s %s\n", hex ? hex : "-", subject);
	}
	return g_string_free(text, FALSE);
}

bool record_say_contained(struct ksig_work *work, int64_t patch_id, const struct ksig_match_import *import,
			  GError **error)
{
	for (guint i = 0; i < import->candidates->len; i++) {
		g_autofree char *key = key_of(work, import, i);
		const struct ksig_reference reference = {
			.patch_id = patch_id, .kind = (char *) CONTAINS, .value = key};
		if (!ksig_catalog_add_reference(work->catalog, &reference, error))
			return false;
	}
	return record_say(
		work, patch_id, "import", 0,
		g_strdup_printf("%u new files came at once, in the state that %u upstream commits gave "
				"them",
				import->files->len, import->candidates->len),
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
