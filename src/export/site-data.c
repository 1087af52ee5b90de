/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One patch into the site: its details, its share of every count that the pages show, its row of the list. */
#include "export/site-data-internal.h"
#include "export/message-internal.h"
#include "export/site-details-internal.h"
#include "export/site-entrant-internal.h"
#include "export/site-figures-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-text-internal.h"
#include "history/upstream-diff.h"

bool ksig_site_end_list_shard(struct ksig_site *site, GError **error)
{
	g_autofree char *name = g_strdup_printf("data/list-%d.js", site->list_shards);
	g_autoptr(GString) text = g_string_new(NULL);

	if (site->rows->len == 0)
		return true;
	g_string_printf(text, "ksigShard(\"list-%d\",[%s\n]);\n", site->list_shards, site->rows->str);
	g_string_truncate(site->rows, 0);
	site->list_shards++;
	return ksig_site_write(site, name, text, error);
}

static bool put_row(struct ksig_site_entrant *entrant, int source, int subsystem, GError **error)
{
	struct ksig_site *site = entrant->site;
	const struct ksig_patch *patch = entrant->patch;
	g_autofree char *id = g_strndup(patch->upstream ? patch->upstream : "", 12);

	g_string_append_printf(site->rows, "%s\n[%" G_GINT64_FORMAT ",%d,%d,%d,", site->rows->len ? "," : "",
			       patch->id, patch->kind,
			       patch->confidence < 0 ? -1 : (int) (patch->confidence * 1000 + 0.5), source);
	ksig_site_json(site->rows, patch->subject);
	g_string_append_printf(site->rows, ",%d,%d,[%s],%d,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",",
			       entrant->introduced, entrant->dropped, entrant->reworks->str, subsystem,
			       patch->added, patch->removed);
	ksig_site_json(site->rows, id);
	g_string_append_c(site->rows, ',');
	ksig_site_json(site->rows, entrant->cves->str);
	if (entrant->reason) {
		g_string_append_c(site->rows, ',');
		ksig_site_json(site->rows, entrant->reason);
	}
	g_string_append_c(site->rows, ']');
	return site->n_patches % KSIG_SITE_LIST_SHARD != 0 || ksig_site_end_list_shard(site, error);
}

static bool enter(struct ksig_site_entrant *entrant, GError **error)
{
	struct ksig_site *site = entrant->site;

	if (!ksig_site_add_details(entrant, error))
		return false;
	struct ksig_site_group *subsystem = ksig_site_group_of(
		site->subsystems, entrant->subsystem ? entrant->subsystem : "(no line left)");
	struct ksig_site_group *source = ksig_site_group_of(site->sources,
							    ksig_export_source(entrant->patch));
	site->n_patches++;
	ksig_site_count(entrant, subsystem, source);
	ksig_progress_set(site->progress, (uint64_t) site->n_patches);
	return put_row(entrant, source->index, subsystem->index, error);
}

bool ksig_site_add_patch(struct ksig_patch *patch, gpointer data, GError **error)
{
	struct ksig_site_entrant entrant = {.site = data,
					    .patch = patch,
					    .json = g_string_new(NULL),
					    .reworks = g_string_new(NULL),
					    .cves = g_string_new(NULL),
					    .mails = g_string_new(NULL),
					    .diffs = g_string_new(NULL),
					    .introduced = -1,
					    .dropped = -1};
	const bool done = enter(&entrant, error);

	g_string_free(entrant.json, TRUE);
	g_string_free(entrant.reworks, TRUE);
	g_string_free(entrant.cves, TRUE);
	g_string_free(entrant.mails, TRUE);
	g_string_free(entrant.diffs, TRUE);
	g_free(entrant.subsystem);
	g_free(entrant.reason);
	return done;
}
