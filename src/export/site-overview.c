/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The site's index.html: tiles, charts and the table of revisions. */
#include "export/site-overview-internal.h"
#include "export/site-chart-internal.h"
#include "export/site-frame-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-internal.h"
#include "export/site-links-internal.h"
#include "export/site-text-internal.h"

enum { TOP_SUBSYSTEMS = 14, TOP_SOURCES = 10, NEWEST_CVES = 60, NEWEST_PATCHES = 8 };

static void chart_groups(GString *html, const char *title, GHashTable *table, bool lines, guint most)
{
	g_autoptr(GPtrArray) groups = ksig_site_ranked(table, lines);
	const guint n = MIN(groups->len, most);
	size_t n_bars = 0;
	g_autofree struct ksig_site_bar *bars = g_new0(struct ksig_site_bar, n + 1);

	for (guint i = 0; i < n; i++) {
		const struct ksig_site_group *group = groups->pdata[i];
		if (group->patches == 0)
			break;
		n_bars++;
		bars[i].label = group->name;
		bars[i].value = lines ? group->lines : group->patches;
	}
	ksig_site_chart_bars(html, title, bars, n_bars);
}

static void chart_kinds(GString *html, const struct ksig_site *site, bool lines)
{
	struct ksig_site_bar bars[KSIG_SITE_KINDS];

	for (int kind = 0; kind < KSIG_PATCH_RELEASE; kind++) {
		const char *name = ksig_catalog_patch_kind_name((enum ksig_patch_kind) kind);
		bars[kind] = (struct ksig_site_bar){name, lines ? site->lines[kind] : site->kinds[kind],
						    name};
	}
	ksig_site_chart_bars(html, lines ? "Changed lines by kind" : "Patches by kind", bars,
			     KSIG_PATCH_RELEASE);
}

static void chart_ages(GString *html, const struct ksig_site *site)
{
	static const char *const names[KSIG_SITE_AGES] = {"under a month",  "1 to 3 months", "3 to 6 months",
							  "6 to 12 months", "1 to 2 years",  "2 to 4 years",
							  "over 4 years"};
	struct ksig_site_bar bars[KSIG_SITE_AGES];
	int64_t known = 0;

	for (int age = 0; age < KSIG_SITE_AGES; age++) {
		bars[age] = (struct ksig_site_bar){names[age], site->ages[age], NULL};
		known += site->ages[age];
	}
	if (known > 0)
		ksig_site_chart_bars(html, "Age of backports: from upstream to the revision", bars,
				     KSIG_SITE_AGES);
}

/* How much of the changelog is told to patches; nothing without a changelog. */
static void tile_changelog(GString *html, const struct ksig_site *site)
{
	struct ksig_entry_counts counts = {0};

	if (!ksig_catalog_count_entries(site->catalog, 0, G_MAXINT, &counts, NULL) || counts.all == 0)
		return;
	g_autofree char *share = ksig_site_share(counts.upstream + counts.others, counts.all);
	ksig_site_tile(html, share, "of the changelog accounted for");
}

static void tiles(GString *html, const struct ksig_site *site)
{
	int64_t changed = 0;
	int64_t explained = 0;

	for (guint i = 0; i < site->revisions->len; i++) {
		const struct ksig_revision *revision = site->revisions->pdata[i];
		changed += revision->changed_lines;
		explained += revision->explained_lines;
	}
	g_autofree char *share = ksig_site_share(explained, changed);
	ksig_site_tiles_begin(html);
	ksig_site_tile_number(html, site->n_patches - site->kinds[KSIG_PATCH_RELEASE], "patches");
	ksig_site_tile_number(html, (int64_t) site->revisions->len - 1, "revisions, each proved");
	ksig_site_tile_number(html, changed, "changed lines");
	ksig_site_tile(html, share, "of them explained by upstream");
	ksig_site_tile_number(html, site->kinds[KSIG_PATCH_VENDOR], "patches of the vendor's own");
	ksig_site_tile_number(html, site->kinds[KSIG_PATCH_UNEXPLAINED], "changes that nobody explains");
	tile_changelog(html, site);
	ksig_site_tile_number(html, (int64_t) g_hash_table_size(site->files), "files");
	ksig_site_tiles_end(html);
}

static void append_cell(GString *html, int64_t value)
{
	g_autofree char *number = ksig_number((uint64_t) value);

	g_string_append_printf(html, "<td class=\"number\">%s</td>", number);
}

/* Whether any revision has a date: trees of a git repository, or folders, have none. */
static bool has_dates(const struct ksig_site *site)
{
	for (guint i = 0; i < site->figures->len; i++)
		if (g_array_index(site->figures, struct ksig_site_revision, i).revision->date)
			return true;
	return false;
}

static void revision_table(GString *html, const struct ksig_site *site)
{
	const bool dated = has_dates(site);

	g_string_append_printf(
		html,
		"<h2>Revisions</h2>\n<div class=\"scroll\"><table><thead><tr><th "
		"scope=\"col\">revision</th>%s<th scope=\"col\" "
		"class=\"number\">added</th><th scope=\"col\" class=\"number\">reworked</th><th "
		"scope=\"col\" class=\"number\">dropped</th><th scope=\"col\" class=\"number\">changed "
		"lines</th><th scope=\"col\" class=\"number\">explained</th><th "
		"scope=\"col\">tree</th></tr></thead><tbody>\n",
		dated ? "<th scope=\"col\">date</th>" : "");
	for (guint i = 0; i < site->figures->len; i++) {
		const struct ksig_site_revision *figures = &g_array_index(site->figures,
									  struct ksig_site_revision, i);
		const struct ksig_revision *revision = figures->revision;
		g_string_append(html, "<tr><th scope=\"row\">");
		ksig_site_link_revision(html, site, i, "", "");
		g_string_append(html, dated ? "</th><td>" : "</th>");
		ksig_site_escape(html, revision->date ? revision->date : "");
		g_string_append(html, dated ? "</td>" : "");
		append_cell(html, figures->introduced);
		append_cell(html, figures->reworked);
		append_cell(html, figures->dropped);
		append_cell(html, revision->changed_lines);
		append_cell(html, revision->explained_lines);
		g_string_append_printf(html, "<td class=\"id\">%.12s</td></tr>\n",
				       revision->tree ? revision->tree : "");
	}
	g_string_append(html, "</tbody></table></div>\n");
}

/* The CVEs of the newest revision: to the patch's row where there is one, else to where CVEs are described.
 */
static void newest_cves(GString *html, const struct ksig_site *site, const char *cves, GHashTable *rows)
{
	g_auto(GStrv) names = g_strsplit(cves, " ", -1);
	guint n = 0;

	if (!*cves)
		return;
	g_string_append(html, "<h3>CVEs that its changelog and patches name</h3><ul class=\"cves\">");
	for (char **name = names; *name && n < NEWEST_CVES; name++, n++) {
		g_string_append(html, "<li>");
		if (g_hash_table_contains(rows, *name)) {
			g_string_append(html, "<a href=\"cves.html#");
			ksig_site_escape(html, *name);
			g_string_append(html, "\">");
			ksig_site_escape(html, *name);
			g_string_append(html, "</a>");
		} else {
			ksig_site_link_cve(site, html, *name);
		}
		g_string_append(html, "</li>");
	}
	g_string_append(html, "</ul>");
	if (g_strv_length(names) > n)
		g_string_append_printf(html, "<p>… and %u more.</p>", g_strv_length(names) - n);
}

static void newest_patches(GString *html, const struct ksig_site_revision *figures)
{
	const char *end = figures->introduced_rows->str;

	for (guint i = 0; i < NEWEST_PATCHES && end && *end; i++)
		end = strchr(end, '\n') ? strchr(end, '\n') + 1 : NULL;
	const size_t length = end ? (size_t) (end - figures->introduced_rows->str)
				  : figures->introduced_rows->len;
	if (length == 0)
		return;
	g_string_append(
		html, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\" class=\"number\">patch</th>"
		      "<th scope=\"col\">kind</th><th scope=\"col\" class=\"number less\">confidence</th>"
		      "<th scope=\"col\" class=\"less\">source</th><th "
		      "scope=\"col\">subject</th></tr></thead><tbody>\n");
	g_string_append_len(html, figures->introduced_rows->str, (gssize) length);
	g_string_append(html, "</tbody></table></div>\n");
}

static bool newest(GString *html, const struct ksig_site *site, GError **error)
{
	const guint last = site->figures->len - 1;
	const struct ksig_site_revision *figures = &g_array_index(site->figures, struct ksig_site_revision,
								  last);
	g_autoptr(GPtrArray) references = ksig_catalog_references_of_kind(site->catalog, "cve", error);
	g_autoptr(GHashTable) rows = g_hash_table_new(g_str_hash, g_str_equal);

	if (!references)
		return false;
	for (guint i = 0; i < references->len; i++)
		g_hash_table_add(rows, ((struct ksig_reference *) references->pdata[i])->value);
	if (last == 0)
		return true;
	g_autofree char *share = ksig_site_share(figures->revision->explained_lines,
						 figures->revision->changed_lines);
	g_string_append(html, "<section><h2>The newest revision: ");
	ksig_site_link_revision(html, site, last, "", "");
	g_string_append(html, "</h2>\n");
	ksig_site_tiles_begin(html);
	ksig_site_tile_number(html, figures->introduced, "patches added");
	ksig_site_tile_number(html, figures->reworked, "reworked");
	ksig_site_tile_number(html, figures->dropped, "dropped");
	ksig_site_tile_number(html, figures->revision->changed_lines, "changed lines");
	ksig_site_tile(html, share, "of them explained by upstream");
	ksig_site_tiles_end(html);
	newest_cves(html, site, figures->cves->str, rows);
	newest_patches(html, figures);
	g_string_append(html, "<p class=\"ways\">");
	ksig_site_link_revision(html, site, last, "All of ", "");
	g_string_append(html, "<a href=\"feed.xml\">Atom feed of the revisions</a></p></section>\n");
	return true;
}

bool ksig_site_write_overview(const struct ksig_site *site, GError **error)
{
	const struct ksig_revision *base = site->revisions->pdata[0];
	const struct ksig_revision *last = site->revisions->pdata[site->revisions->len - 1];
	GString *html = ksig_site_page_begin(site, "index.html", "Overview", NULL);

	g_string_append(html, "<h1>");
	ksig_site_escape(html, last->label);
	g_string_append(html,
			" in its patches</h1>\n<p class=\"lead\">What the vendor's kernel is made of, from ");
	ksig_site_escape(html, base->label);
	g_string_append(html,
			" on: every changed line belongs to one patch, with its source, its purpose and the "
			"revision that brought it. Applied in order they give the vendor's tree, byte for "
			"byte.</p>\n");
	tiles(html, site);
	if (!newest(html, site, error)) {
		g_string_free(html, TRUE);
		return false;
	}
	g_string_append(html, "<h2>Coverage and growth</h2>\n<div class=\"cards\">\n");
	ksig_site_chart_coverage(html, site);
	ksig_site_chart_growth(html, site);
	g_string_append(html, "</div>\n<h2>By revision</h2>\n<div class=\"cards\">\n");
	ksig_site_chart_revisions(html, site, false);
	ksig_site_chart_revisions(html, site, true);
	ksig_site_chart_explained(html, site);
	chart_ages(html, site);
	g_string_append(html, "</div>\n<h2>By subsystem</h2>\n<div class=\"cards\">\n");
	chart_groups(html, "Patches by subsystem", site->subsystems, false, TOP_SUBSYSTEMS);
	chart_groups(html, "Changed lines by subsystem", site->subsystems, true, TOP_SUBSYSTEMS);
	g_string_append(html, "</div>\n<h2>By kind and source</h2>\n<div class=\"cards\">\n");
	chart_kinds(html, site, false);
	chart_kinds(html, site, true);
	chart_groups(html, "Patches by source", site->sources, false, TOP_SOURCES);
	chart_groups(html, "Changed lines by source", site->sources, true, TOP_SOURCES);
	g_string_append(html, "</div>\n");
	revision_table(html, site);
	return ksig_site_page_end(site, "index.html", html, error);
}
