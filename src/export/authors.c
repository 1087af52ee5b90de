/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a patch is that no upstream commit speaks for. */
#include "export/authors-internal.h"
#include "history/upstream-diff.h"

/* "jane.q.doe" of "Jane Q. Doe". */
static char *local_part(const char *name)
{
	g_autofree char *ascii = g_str_to_ascii(name, "C");
	GString *part = g_string_new(NULL);

	for (const char *at = ascii; *at; at++) {
		if (g_ascii_isalnum(*at))
			g_string_append_c(part, g_ascii_tolower(*at));
		else if (part->len > 0 && part->str[part->len - 1] != '.')
			g_string_append_c(part, '.');
	}
	if (part->len > 0 && part->str[part->len - 1] == '.')
		g_string_truncate(part, part->len - 1);
	return g_string_free(part, FALSE);
}

/* NAME, that of the changelog (NULL: none), if the patch has none of its own. */
void ksig_export_name_author(struct ksig_patch *patch, const char *name)
{
	if (!patch->author)
		patch->author = g_strdup(name);
	g_autofree char *part = local_part(patch->author ? patch->author : "");
	if (*part) {
		patch->email = g_strdup_printf("%s@changelog.invalid", part);
		return;
	}
	g_free(patch->author);
	patch->author = g_strdup("Kernel vendor");
	patch->email = g_strdup_printf("patch-%" G_GINT64_FORMAT "@vendor.invalid", patch->id);
}

bool ksig_export_authors(ksig_catalog *catalog, struct ksig_chain *chain, GError **error)
{
	g_autoptr(GPtrArray) entries = ksig_catalog_entries(catalog, 0, error);
	g_autoptr(GHashTable) names = g_hash_table_new(g_int64_hash, g_int64_equal);
	GHashTableIter iter;
	gpointer value = NULL;

	for (guint i = 0; entries && i < entries->len; i++) {
		struct ksig_entry *entry = entries->pdata[i];
		if (entry->patch_id != 0 && entry->author && *entry->author &&
		    !g_hash_table_contains(names, &entry->patch_id))
			g_hash_table_insert(names, &entry->patch_id, entry->author);
	}
	g_hash_table_iter_init(&iter, chain->patches);
	while (entries && g_hash_table_iter_next(&iter, NULL, &value)) {
		struct ksig_patch *patch = value;
		if (!patch->email)
			ksig_export_name_author(patch, g_hash_table_lookup(names, &patch->id));
	}
	return entries != NULL;
}
