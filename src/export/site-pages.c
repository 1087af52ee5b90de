/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site's other pages: a page a revision, CVEs, and the empty ones that site.js fills.
 */
#include "export/site-pages-internal.h"
#include "export/site-account-internal.h"
#include "export/site-frame-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-internal.h"
#include "export/site-links-internal.h"
#include "export/site-overview-internal.h"
#include "export/site-tables-internal.h"
#include "export/site-text-internal.h"

/* ---- revisions ----------------------------------------------------------------------------------- */

static void patch_rows(GString *html, const char *title, int64_t count, const GString *rows)
{
	g_autofree char *number = ksig_number((uint64_t) count);

	if (count == 0)
		return;
	g_string_append_printf(
		html,
		"<h2>%s %s</h2>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\" "
		"class=\"number\">patch</th><th scope=\"col\">kind</th><th scope=\"col\" "
		"class=\"number less\">confidence</th><th scope=\"col\" class=\"less\">source</th><th "
		"scope=\"col\">subject</th></tr></thead><tbody>\n%s</tbody></table></div>\n",
		number, title, rows->str);
	if (count > KSIG_SITE_ROWS)
		g_string_append(html, "<p class=\"note\">The first 1,000 are shown; the <a "
				      "href=\"patches.html\">list</a> has all.</p>\n");
}

static void revision_ways(GString *html, const struct ksig_site *site, guint position)
{
	const struct ksig_revision *revision = site->revisions->pdata[position];

	g_string_append(html, "<p class=\"ways\">");
	if (position > 0)
		ksig_site_link_revision(html, site, position - 1, "← ", "");
	if (position + 1 < site->revisions->len)
		ksig_site_link_revision(html, site, position + 1, "", " →");
	if (position > 0) {
		const struct ksig_revision *before = site->revisions->pdata[position - 1];
		g_autofree char *one = g_uri_escape_string(before->label, NULL, FALSE);
		g_autofree char *other = g_uri_escape_string(revision->label, NULL, FALSE);
		g_string_append_printf(html, "<a href=\"compare.html#%s..%s\">Compare with ", one, other);
		ksig_site_escape(html, before->label);
		g_string_append(html, "</a>");
	}
	g_string_append(html, "</p>\n");
}

static void revision_head(GString *html, const struct ksig_site *site, guint position)
{
	const struct ksig_site_revision *figures = &g_array_index(site->figures, struct ksig_site_revision,
								  position);
	const struct ksig_revision *revision = site->revisions->pdata[position];

	g_string_append(html, position > 0 ? "<p class=\"over\">Revision</p><h1>"
					   : "<p class=\"over\">Base</p><h1>");
	ksig_site_escape(html, revision->label);
	g_string_append(html, "</h1>\n<dl class=\"facts\">");
	if (revision->date) {
		g_string_append(html, "<dt>date</dt><dd>");
		ksig_site_escape(html, revision->date);
		g_string_append(html, "</dd>");
	}
	g_string_append_printf(html, "<dt>tree</dt><dd class=\"id\">%s</dd></dl>\n",
			       revision->tree ? revision->tree : "");
	revision_ways(html, site, position);
	if (position == 0)
		return;
	ksig_site_tiles_begin(html);
	ksig_site_tile_number(html, ksig_site_count_carried(site, position), "patches in it");
	ksig_site_tile_number(html, figures->introduced, "added");
	ksig_site_tile_number(html, figures->reworked, "reworked");
	ksig_site_tile_number(html, figures->dropped, "dropped");
	ksig_site_tile_number(html, revision->changed_lines, "changed lines");
	ksig_site_tile_number(html, revision->explained_lines, "of them explained");
	ksig_site_tiles_end(html);
}

static bool write_revision(const struct ksig_site *site, guint position, GError **error)
{
	const struct ksig_site_revision *figures = &g_array_index(site->figures, struct ksig_site_revision,
								  position);
	g_autofree char *file = g_strdup_printf("revision-%s.html", figures->key);
	GString *html = ksig_site_page_begin(site, file, figures->revision->label, "revision");

	revision_head(html, site, position);
	if (!ksig_site_add_account(site, html, position, error)) {
		g_string_free(html, TRUE);
		return false;
	}
	patch_rows(html, "added", figures->introduced, figures->introduced_rows);
	patch_rows(html, "reworked", figures->reworked, figures->reworked_rows);
	patch_rows(html, "dropped", figures->dropped, figures->dropped_rows);
	return ksig_site_page_end(site, file, html, error);
}

/* ---- CVEs ---------------------------------------------------------------------------------------- */

static void cve_row(const struct ksig_site *site, GString *html, const struct ksig_reference *reference,
		    bool first)
{
	const struct ksig_site_patch *patch = g_hash_table_lookup(site->patches, &reference->patch_id);

	if (!patch)
		return;
	g_string_append(html, "<tr");
	if (first) {
		g_string_append(html, " id=\"");
		ksig_site_escape(html, reference->value);
		g_string_append_c(html, '"');
	}
	g_string_append(html, "><th scope=\"row\">");
	ksig_site_link_cve(site, html, reference->value);
	g_string_append(html, "</th><td>");
	if (patch->introduced >= 0)
		ksig_site_link_revision(html, site, (guint) patch->introduced, "", "");
	g_string_append_printf(
		html, "</td><td>%s</td><td class=\"subject\"><a href=\"patch.html#%" G_GINT64_FORMAT "\">",
		patch->dropped >= 0 ? "dropped later" : "carried", patch->id);
	ksig_site_escape(html, patch->subject);
	g_string_append(html, "</a></td></tr>\n");
}

static bool write_cves(const struct ksig_site *site, GError **error)
{
	g_autoptr(GPtrArray) references = ksig_catalog_references_of_kind(site->catalog, "cve", error);

	if (!references)
		return false;
	GString *html = ksig_site_page_begin(site, "cves.html", "CVEs", NULL);
	g_string_append_printf(
		html,
		"<h1>CVEs</h1>\n<p class=\"lead\">%u times a CVE is named by a patch, its message or "
		"the changelog.</p>\n",
		references->len);
	if (!ksig_site_add_verdicts(site, html, error)) {
		g_string_free(html, TRUE);
		return false;
	}
	if (site->options->records)
		g_string_append(html, "<h2>Named by patches</h2>\n");
	g_string_append(html, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">CVE</th>"
			      "<th scope=\"col\">fixed in</th><th scope=\"col\">state</th><th "
			      "scope=\"col\">patch</th></tr></thead><tbody>\n");
	for (guint i = 0; i < references->len; i++)
		cve_row(site, html, references->pdata[i],
			i == 0 ||
				g_strcmp0(
					((const struct ksig_reference *) references->pdata[i])->value,
					((const struct ksig_reference *) references->pdata[i - 1])->value) !=
					0);
	g_string_append(html, "</tbody></table></div>\n");
	return ksig_site_page_end(site, "cves.html", html, error);
}

/* ---- pages that site.js fills -------------------------------------------------------------------- */

static const char no_script[] =
	"<noscript><p class=\"note\">This page is made in the browser, by a script. Without one, the <a "
	"href=\"index.html\">revisions</a> list their patches, and the <a href=\"cves.html\">CVEs</a> "
	"theirs.</p></noscript>\n";

static const char list_body[] =
	"<h1>Patches</h1>\n"
	"<div class=\"filters\" role=\"search\">"
	"<label class=\"wide\">Search (press /)"
	"<input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" placeholder=\"subject, "
	"number, "
	"commit, CVE, subsystem\"></label>"
	"<label>Kind<select id=\"kind\"></select></label>"
	"<label>Source<select id=\"source\"></select></label>"
	"<label>Revision<select id=\"revision\"></select></label>"
	"<label>Subsystem<select id=\"subsystem\"></select></label>"
	"<label>Order<select id=\"sort\"><option value=\"\">as applied</option><option "
	"value=\"newest\">newest "
	"revision first</option><option value=\"size\">largest first</option><option "
	"value=\"confidence\">least "
	"sure first</option></select></label></div>\n"
	"<p id=\"count\" role=\"status\">Loading.</p>\n"
	"<div id=\"list\" class=\"list\" role=\"table\" tabindex=\"0\" aria-label=\"Patches; arrow keys "
	"move, Enter "
	"opens\"><div role=\"rowgroup\" class=\"head\"><div class=\"row\" role=\"row\">"
	"<span role=\"columnheader\" class=\"number less\">patch</span><span "
	"role=\"columnheader\">revision</span>"
	"<span role=\"columnheader\">kind</span><span role=\"columnheader\" class=\"number less\">sure</span>"
	"<span role=\"columnheader\" class=\"less\">source</span><span role=\"columnheader\">subject</span>"
	"<span role=\"columnheader\" class=\"number less\">lines</span></div></div>"
	"<div id=\"rows\" class=\"body\" role=\"rowgroup\"></div></div>\n";

static const char compare_body[] =
	"<h1>Compare revisions</h1>\n<div class=\"filters\"><label>From<select id=\"from\"></select></label>"
	"<label>To<select id=\"to\"></select></label>"
	"<label class=\"wide\">Only<input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" "
	"placeholder=\"subject, number, commit, CVE\"></label>"
	"<label>Kind<select id=\"kind\"></select></label>"
	"<label>Source<select id=\"source\"></select></label>"
	"<label>Subsystem<select id=\"subsystem\"></select></label></div>\n<div id=\"content\"></div>\n";

static const struct {
	const char *file;
	const char *title;
	const char *kind;
	const char *body;
} made_by_script[] = {
	{"patches.html", "Patches", "list", list_body},
	{"compare.html", "Compare", "compare", compare_body},
	{"patch.html", "Patch", "patch", "<div id=\"content\"><h1>Patch</h1></div>\n"},
	{"file.html", "File", "file", "<div id=\"content\"><h1>File</h1></div>\n"},
};

bool ksig_site_write_pages(const struct ksig_site *site, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(made_by_script); i++) {
		GString *html = ksig_site_page_begin(site, made_by_script[i].file, made_by_script[i].title,
						     made_by_script[i].kind);
		g_string_append(html, no_script);
		g_string_append(html, made_by_script[i].body);
		if (!ksig_site_page_end(site, made_by_script[i].file, html, error))
			return false;
	}
	for (guint i = 0; i < site->revisions->len; i++)
		if (!write_revision(site, i, error))
			return false;
	return write_cves(site, error) && ksig_site_write_missing(site, error) &&
	       ksig_site_write_status(site, error) && ksig_site_write_overview(site, error);
}
