/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A revision's changelog beside its code: what is open on either side, for site.js to lay side by side. */
#include "export/site-account-internal.h"
#include "export/site-frame-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-internal.h"
#include "export/site-text-internal.h"
#include "history/account.h"
#include "history/upstream-diff.h"

static void add_member(GString *json, const char *name, int64_t value)
{
	g_string_append_printf(json, "\"%s\":%" G_GINT64_FORMAT ",", name, value);
}

static void add_entries(GString *json, const GPtrArray *entries)
{
	for (guint i = 0; i < entries->len; i++) {
		const struct ksig_entry *entry = entries->pdata[i];
		g_string_append_printf(json, "%s[%" G_GINT64_FORMAT ",", i ? "," : "", entry->id);
		ksig_site_json(json, entry->release);
		g_string_append_c(json, ',');
		ksig_site_json(json, entry->text ? entry->text : entry->subject);
		g_string_append_c(json, ']');
	}
}

static void add_changes(GString *json, const GPtrArray *changes)
{
	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_patch *patch = changes->pdata[i];
		g_string_append_printf(json,
				       "%s[%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",",
				       i ? "," : "", patch->id, patch->added, patch->removed);
		ksig_site_json(json, patch->subject);
		g_string_append_c(json, ']');
	}
}

static void add_counts(GString *json, const struct ksig_account_row *row)
{
	add_member(json, "entries", row->entries);
	add_member(json, "upstream", row->upstream);
	add_member(json, "others", row->others);
	add_member(json, "openEntries", row->open);
	add_member(json, "openChanges", row->remainders);
	g_string_append_printf(json, "\"lines\":%" G_GINT64_FORMAT, row->lines);
}

static void add_row(GString *json, const struct ksig_account_row *row)
{
	g_string_append(json, "{\"subsystem\":");
	ksig_site_json(json, row->subsystem);
	g_string_append_c(json, ',');
	add_counts(json, row);
	g_string_append(json, ",\"open\":[");
	add_entries(json, row->told_to_none);
	g_string_append(json, "],\"changes\":[");
	add_changes(json, row->unannounced);
	g_string_append(json, "]}");
}

static void add_pair(GString *json, const struct ksig_likely_pair *pair)
{
	const char *const words[] = {pair->subsystem, pair->subject, pair->release, pair->entry, pair->why};

	g_string_append_printf(json, "[%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, pair->patch_id,
			       pair->entry_id);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		g_string_append_c(json, ',');
		ksig_site_json(json, words[i]);
	}
	g_string_append_c(json, ']');
}

/* null: nobody knows, for the index of names is not complete. */
static bool add_pairs(const struct ksig_site *site, GString *json, const char *before, const char *label,
		      GError **error)
{
	if (!site->has_names) {
		g_string_append(json, "null");
		return true;
	}
	g_autoptr(GPtrArray) pairs = ksig_history_likely_pairs(site->catalog, before, label, error);
	for (guint i = 0; pairs && i < pairs->len; i++) {
		g_string_append(json, i ? ",\n" : "[");
		add_pair(json, pairs->pdata[i]);
	}
	g_string_append(json, pairs && pairs->len > 0 ? "]" : "[]");
	return pairs != NULL;
}

static bool write_data(const struct ksig_site *site, const char *key, const char *before, const char *label,
		       const struct ksig_account *account, GError **error)
{
	g_autofree char *name = g_strdup_printf("data/account-%s.js", key);
	g_autoptr(GString) json = g_string_new(NULL);

	g_string_printf(json, "ksigShard(\"account-%s\",{\"from\":", key);
	ksig_site_json(json, before);
	g_string_append(json, ",\"to\":");
	ksig_site_json(json, label);
	g_string_append_c(json, ',');
	add_counts(json, &account->all);
	g_string_append(json, ",\n\"rows\":[");
	for (guint i = 0; i < account->rows->len; i++) {
		g_string_append(json, i ? ",\n" : "\n");
		add_row(json, account->rows->pdata[i]);
	}
	g_string_append(json, "],\n\"pairs\":");
	if (account->all.open == 0 || account->all.remainders == 0)
		g_string_append(json, "[]");
	else if (!add_pairs(site, json, before, label, error))
		return false;
	g_string_append(json, "});\n");
	return ksig_site_write(site, name, json, error);
}

/* What a reader without scripts gets: the entries, as far as a page goes. */
static void add_plain_entries(GString *html, const struct ksig_account *account)
{
	unsigned shown = 0;

	if (account->all.open == 0)
		return;
	g_string_append(html, "<noscript><h3>Announced in the changelog, not found in the code</h3>\n"
			      "<ul class=\"plain\">\n");
	for (guint i = 0; i < account->entries->len && shown < KSIG_SITE_ROWS; i++) {
		const struct ksig_entry *entry = account->entries->pdata[i];
		const char *text = entry->text ? entry->text : entry->subject;
		if (entry->patch_id != 0)
			continue;
		shown++;
		g_string_append(html, "<li>");
		ksig_site_escape(html, text ? text : "");
		g_string_append(html, "</li>\n");
	}
	g_string_append(html, "</ul></noscript>\n");
}

static void add_section(GString *html, const char *key, const struct ksig_account *account)
{
	const struct ksig_account_row *all = &account->all;
	const unsigned told = all->upstream + all->others;
	g_autofree char *entries = ksig_number(all->entries);
	g_autofree char *changes = ksig_number(all->remainders);
	g_autofree char *share = ksig_site_share(told, all->entries);

	g_string_append(html, "<section id=\"changelog\"><h2>The changelog and the code</h2>\n");
	ksig_site_tiles_begin(html);
	ksig_site_tile(html, share, "of the changelog accounted for");
	ksig_site_tile(html, entries, "entries");
	ksig_site_tile_number(html, all->upstream, "with an upstream patch");
	ksig_site_tile_number(html, all->others, "with another change");
	ksig_site_tile_number(html, all->open, "entries without code");
	ksig_site_tile(html, changes, "changes without an entry");
	ksig_site_tiles_end(html);
	add_plain_entries(html, account);
	g_string_append_printf(html, "<div id=\"account\" data-shard=\"account-%s\"></div></section>\n", key);
}

bool ksig_site_add_account(const struct ksig_site *site, GString *html, guint position, GError **error)
{
	const struct ksig_site_revision *figures = &g_array_index(site->figures, struct ksig_site_revision,
								  position);
	const struct ksig_site_revision *before = figures - 1;

	if (position == 0)
		return true;
	g_autoptr(ksig_account) account = ksig_history_account_make(site->catalog, before->revision->label,
								    figures->revision->label, error);
	if (!account)
		return false;
	if (account->all.entries == 0)
		return true;
	add_section(html, figures->key, account);
	return write_data(site, figures->key, before->revision->label, figures->revision->label, account,
			  error);
}
