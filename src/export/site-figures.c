/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch's share of every count that the site's pages show, and its rows on those of revisions. */
#include "export/site-figures-internal.h"
#include "export/message-internal.h"
#include "export/site-entrant-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-text-internal.h"
#include "history/upstream-diff.h"

int ksig_site_position(GHashTable *positions, gconstpointer key)
{
	return key ? GPOINTER_TO_INT(g_hash_table_lookup(positions, key)) - 1 : -1;
}

static void add_html_row(GString *rows, int64_t so_far, const struct ksig_patch *patch, const char *reason)
{
	char confidence[KSIG_SHARE_BYTES];
	const char *shown = ksig_share(confidence, patch->confidence);

	if (so_far > KSIG_SITE_ROWS)
		return;
	g_string_append_printf(rows,
			       "<tr><td class=\"number\"><a href=\"patch.html#%" G_GINT64_FORMAT
			       "\">%" G_GINT64_FORMAT "</a></td>"
			       "<td><span class=\"kind kind-%s\">%s</span></td><td class=\"number "
			       "less\">%s</td><td class=\"less\">",
			       patch->id, patch->id, ksig_catalog_patch_kind_name(patch->kind),
			       ksig_catalog_patch_kind_name(patch->kind), shown ? shown : "");
	ksig_site_escape(rows, patch->source ? patch->source : "");
	g_string_append_printf(
		rows, "</td><td class=\"subject\"><a href=\"patch.html#%" G_GINT64_FORMAT "\">", patch->id);
	ksig_site_escape(rows, patch->subject);
	g_string_append(rows, "</a>");
	if (reason) {
		g_string_append(rows, "<span class=\"why\">");
		ksig_site_escape(rows, reason);
		g_string_append(rows, "</span>");
	}
	g_string_append(rows, "</td></tr>\n");
}

static struct ksig_site_revision *figures_at(const struct ksig_site *site, int position)
{
	if (position < 0 || (guint) position >= site->figures->len)
		return NULL;
	return &g_array_index(site->figures, struct ksig_site_revision, position);
}

/* The CVEs of TEXT that are not there yet. */
static void add_cves(GString *to, const char *text)
{
	g_auto(GStrv) there = ksig_cves(to->str), found = ksig_cves(text);

	for (char **cve = found; *cve; cve++)
		if (!g_strv_contains((const char *const *) there, *cve))
			g_string_append_printf(to, "%s%s", to->len ? " " : "", *cve);
}

static void count_in_revisions(struct ksig_site_entrant *entrant)
{
	const struct ksig_site *site = entrant->site;
	struct ksig_site_revision *introduced = figures_at(site, entrant->introduced);
	struct ksig_site_revision *dropped = figures_at(site, entrant->dropped);
	g_auto(GStrv) reworks = g_strsplit(entrant->reworks->str, ",", -1);

	if (introduced) {
		introduced->kinds[entrant->patch->kind]++;
		add_cves(introduced->cves, entrant->cves->str);
		introduced->lines[entrant->patch->kind] += entrant->patch->added + entrant->patch->removed;
		add_html_row(introduced->introduced_rows, ++introduced->introduced, entrant->patch, NULL);
	}
	if (dropped)
		add_html_row(dropped->dropped_rows, ++dropped->dropped, entrant->patch, entrant->reason);
	for (char **rework = reworks; *rework && **rework; rework++) {
		struct ksig_site_revision *reworked = figures_at(site, atoi(*rework));
		if (reworked)
			add_html_row(reworked->reworked_rows, ++reworked->reworked, entrant->patch, NULL);
	}
}

/* How long the patch was upstream before the revision took it, in classes of growing width. */
static void count_age(struct ksig_site_entrant *entrant)
{
	static const int days[KSIG_SITE_AGES - 1] = {30, 91, 182, 365, 730, 1461};
	const struct ksig_site_revision *figures = figures_at(entrant->site, entrant->introduced);
	int64_t taken = 0;
	int64_t made = 0;
	int offset = 0;
	int age = 0;

	if (!figures || !ksig_export_date(figures->revision->date, &taken, &offset) ||
	    !ksig_export_date(entrant->patch->commit_date, &made, &offset))
		return;
	while (age < KSIG_SITE_AGES - 1 && (taken - made) / 86400 >= days[age])
		age++;
	entrant->site->ages[age]++;
}

void ksig_site_count(struct ksig_site_entrant *entrant, struct ksig_site_group *subsystem,
		     struct ksig_site_group *source)
{
	struct ksig_site *site = entrant->site;
	const int64_t lines = entrant->patch->added + entrant->patch->removed;
	struct ksig_site_patch *kept = g_new0(struct ksig_site_patch, 1);

	/* the way from release to release is not the vendor's doing */
	if (entrant->patch->kind != KSIG_PATCH_RELEASE) {
		subsystem->patches++;
		subsystem->lines += lines;
		source->patches++;
		source->lines += lines;
		if (entrant->patch->kind != KSIG_PATCH_VENDOR &&
		    entrant->patch->kind != KSIG_PATCH_UNEXPLAINED)
			subsystem->explained += lines;
	}
	site->kinds[entrant->patch->kind]++;
	site->lines[entrant->patch->kind] += lines;
	count_in_revisions(entrant);
	count_age(entrant);
	kept->id = entrant->patch->id;
	kept->introduced = entrant->introduced;
	kept->dropped = entrant->dropped;
	kept->subject = g_strdup(entrant->patch->subject);
	g_hash_table_insert(site->patches, &kept->id, kept);
}

bool ksig_site_add_announced_cves(const struct ksig_site *site, GError **error)
{
	g_autoptr(GPtrArray) entries = ksig_catalog_entries(site->catalog, 0, error);

	for (guint i = 0; entries && i < entries->len; i++) {
		const struct ksig_entry *entry = entries->pdata[i];
		struct ksig_site_revision *figures = figures_at(
			site, ksig_site_position(site->by_id, &entry->revision_id));
		if (figures && entry->text && strstr(entry->text, "CVE-"))
			add_cves(figures->cves, entry->text);
	}
	return entries != NULL;
}
