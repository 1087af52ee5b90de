/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends the site's data: which patches touch a file, in shards by hash of its path, and meta.js with the names
 * that numbers in the list stand for.
 */
#include "export/site-index-internal.h"
#include "export/site-blame-internal.h"
#include "export/site-data-internal.h"
#include "export/site-figures-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-internal.h"
#include "export/site-links-internal.h"
#include "export/site-text-internal.h"

#include <errno.h>

static bool end_details(const struct ksig_site *site, GError **error)
{
	GHashTableIter iter;
	gpointer number = NULL;

	g_hash_table_iter_init(&iter, site->details);
	while (g_hash_table_iter_next(&iter, &number, NULL)) {
		g_autofree char *path = g_strdup_printf("%s/data/patch-%d.js", site->directory,
							GPOINTER_TO_INT(number) - 1);
		FILE *stream = fopen(path, "a");
		if (!stream || fputs("\n});\n", stream) == EOF || fclose(stream) != 0)
			return ksig_error_errno(error, errno, "%s", path);
	}
	return true;
}

static void add_file(GString *shard, const char *path, const GArray *ids)
{
	g_string_append(shard, shard->len ? ",\n" : "\n");
	ksig_site_json(shard, path);
	g_string_append(shard, ":[");
	for (guint i = 0; i < ids->len; i++)
		g_string_append_printf(shard, "%s%" G_GINT64_FORMAT, i ? "," : "",
				       g_array_index(ids, int64_t, i));
	g_string_append_c(shard, ']');
}

static bool write_files(const struct ksig_site *site, GError **error)
{
	g_autoptr(GList) paths = g_list_sort(g_hash_table_get_keys(site->files), (GCompareFunc) strcmp);
	g_autoptr(GPtrArray) shards = g_ptr_array_new();
	bool written = true;

	for (int i = 0; i < KSIG_SITE_FILE_SHARDS; i++)
		g_ptr_array_add(shards, g_string_new(NULL));
	for (const GList *at = paths; at; at = at->next)
		add_file(shards->pdata[ksig_site_shard_of_path(at->data, KSIG_SITE_FILE_SHARDS)], at->data,
			 g_hash_table_lookup(site->files, at->data));
	for (guint i = 0; i < shards->len; i++) {
		GString *shard = shards->pdata[i];
		g_autofree char *name = g_strdup_printf("data/file-%u.js", i);
		g_autofree char *head = g_strdup_printf("ksigShard(\"file-%u\",{", i);
		if (shard->len > 0) {
			g_string_append(g_string_prepend(shard, head), "\n});\n");
			written = written && ksig_site_write(site, name, shard, written ? error : NULL);
		}
		g_string_free(shard, TRUE);
	}
	return written;
}

static void add_names(GString *json, const char *name, GHashTable *groups)
{
	g_autoptr(GPtrArray) list = ksig_site_indexed(groups);

	g_string_append_printf(json, ",\n\"%s\":[", name);
	for (guint i = 0; i < list->len; i++) {
		g_string_append(json, i ? "," : "");
		ksig_site_json(json, ((const struct ksig_site_group *) list->pdata[i])->name);
	}
	g_string_append_c(json, ']');
}

static bool write_meta(const struct ksig_site *site, GError **error)
{
	g_autoptr(GString) blame = g_string_new(NULL);
	g_autoptr(GString) json = g_string_new("ksigShard(\"meta\",{\n\"revisions\":[");

	for (guint i = 0; i < site->revisions->len; i++) {
		const struct ksig_site_revision *figures = &g_array_index(site->figures,
									  struct ksig_site_revision, i);
		g_string_append(json, i ? ",{\"label\":" : "{\"label\":");
		ksig_site_json(json, figures->revision->label);
		g_string_append_printf(json, ",\"key\":\"%s\"}", figures->key);
	}
	g_string_append(json, "],\n\"kinds\":[");
	for (int kind = 0; kind < KSIG_SITE_KINDS; kind++)
		g_string_append_printf(json, "%s\"%s\"", kind ? "," : "",
				       ksig_catalog_patch_kind_name((enum ksig_patch_kind) kind));
	g_string_append_c(json, ']');
	add_names(json, "sources", site->sources);
	add_names(json, "subsystems", site->subsystems);
	if (!ksig_site_add_links(site, json, error) || !ksig_site_write_blame(site, blame, error))
		return false;
	g_string_append_printf(json, ",\n\"blame\":[%s],\"blameShards\":%d", blame->str,
			       KSIG_SITE_BLAME_SHARDS);
	g_string_append_printf(json,
			       ",\n\"patches\":%" G_GINT64_FORMAT ",\"shards\":%d,\"shard\":%d,\"detail\":%d,"
			       "\"fileShards\":%d});\n",
			       site->n_patches, site->list_shards, KSIG_SITE_LIST_SHARD,
			       KSIG_SITE_DETAIL_SHARD, KSIG_SITE_FILE_SHARDS);
	return ksig_site_write(site, "data/meta.js", json, error);
}

bool ksig_site_end_data(struct ksig_site *site, GError **error)
{
	return ksig_site_add_announced_cves(site, error) && ksig_site_end_list_shard(site, error) &&
	       end_details(site, error) && write_files(site, error) && write_meta(site, error);
}
