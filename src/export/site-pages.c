/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "export/site-internal.h"

enum { TOP_SUBSYSTEMS = 14, TOP_SOURCES = 10 };

void ksig_site_escape(GString *html, const char *text)
{
	g_autofree char *clean = ksig_utf8(text, -1);
	g_autofree char *escaped = g_markup_escape_text(clean, -1);

	g_string_append(html, escaped);
}

/* Nothing but files of this site, whatever a patch's text may say. */
#define POLICY                                                                                               \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "         \
	"form-action 'none'"

static const char *const menu[][2] = {
	{"index.html", "Overview"},
	{"patches.html", "Patches"},
	{"compare.html", "Compare"},
	{"cves.html", "CVEs"},
};

/* FILE is the page's name, KIND says to site.js what to do with it (NULL: nothing). */
static GString *begin_page(const char *file, const char *title, const char *kind)
{
	GString *html = g_string_new(
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<title>");

	ksig_site_escape(html, title);
	g_string_append_printf(
		html,
		" · ksig</title>\n<link rel=\"stylesheet\" href=\"style.css\">\n"
		"<script src=\"site.js\" defer></script>\n</head>\n<body%s%s%s>\n"
		"<a class=\"skip\" href=\"#main\">To the content</a>\n<header><nav aria-label=\"Site\">"
		"<a class=\"name\" href=\"index.html\">ksig</a>",
		kind ? " data-page=\"" : "", kind ? kind : "", kind ? "\"" : "");
	for (size_t i = 0; i < G_N_ELEMENTS(menu); i++)
		g_string_append_printf(html, "<a href=\"%s\"%s>%s</a>", menu[i][0],
				       g_str_equal(menu[i][0], file) ? " aria-current=\"page\"" : "",
				       menu[i][1]);
	g_string_append(html,
			"<button id=\"theme\" type=\"button\" hidden>Light / dark</button></nav></header>\n"
			"<main id=\"main\">\n");
	return html;
}

/* Ends and writes the page; frees HTML. */
static bool end_page(const struct ksig_site *site, const char *file, GString *html, GError **error)
{
	g_string_append(html, "</main>\n<footer>Made by ksig " KSIG_VERSION
			      ". Each revision's tree id was compared with the vendor's.</footer>\n</body>\n"
			      "</html>\n");
	const bool written = ksig_site_write(site, file, html, error);
	g_string_free(html, TRUE);
	return written;
}

/* ---- overview ------------------------------------------------------------------------------------ */

static gint by_patches(gconstpointer a, gconstpointer b)
{
	const struct ksig_site_group *one = *(const struct ksig_site_group *const *) a;
	const struct ksig_site_group *other = *(const struct ksig_site_group *const *) b;

	if (one->patches != other->patches)
		return one->patches > other->patches ? -1 : 1;
	return strcmp(one->name, other->name);
}

static gint by_lines(gconstpointer a, gconstpointer b)
{
	const struct ksig_site_group *one = *(const struct ksig_site_group *const *) a;
	const struct ksig_site_group *other = *(const struct ksig_site_group *const *) b;

	if (one->lines != other->lines)
		return one->lines > other->lines ? -1 : 1;
	return strcmp(one->name, other->name);
}

static gint by_index(gconstpointer a, gconstpointer b)
{
	const struct ksig_site_group *one = *(const struct ksig_site_group *const *) a;
	const struct ksig_site_group *other = *(const struct ksig_site_group *const *) b;

	return one->index - other->index;
}

static GPtrArray *groups_sorted(GHashTable *table, GCompareFunc compare)
{
	GPtrArray *groups = g_ptr_array_new();
	GHashTableIter iter;
	gpointer group = NULL;

	g_hash_table_iter_init(&iter, table);
	while (g_hash_table_iter_next(&iter, NULL, &group))
		g_ptr_array_add(groups, group);
	g_ptr_array_sort(groups, compare);
	return groups;
}

GPtrArray *ksig_site_ranked(GHashTable *table, bool lines)
{
	return groups_sorted(table, lines ? by_lines : by_patches);
}

GPtrArray *ksig_site_indexed(GHashTable *table)
{
	return groups_sorted(table, by_index);
}

static void chart_groups(GString *html, const char *title, GHashTable *table, bool lines, guint most)
{
	g_autoptr(GPtrArray) groups = ksig_site_ranked(table, lines);
	const guint n = MIN(groups->len, most);
	g_autofree struct ksig_site_bar *bars = g_new0(struct ksig_site_bar, n + 1);

	for (guint i = 0; i < n; i++) {
		const struct ksig_site_group *group = groups->pdata[i];
		bars[i].label = group->name;
		bars[i].value = lines ? group->lines : group->patches;
	}
	ksig_site_chart_bars(html, title, bars, n);
}

static void chart_kinds(GString *html, const struct ksig_site *site)
{
	struct ksig_site_bar bars[KSIG_SITE_KINDS];

	for (int kind = 0; kind < KSIG_SITE_KINDS; kind++) {
		const char *name = ksig_patch_kind_name((enum ksig_patch_kind) kind);
		bars[kind] = (struct ksig_site_bar){name, site->kinds[kind], name};
	}
	ksig_site_chart_bars(html, "Patches by kind", bars, KSIG_SITE_KINDS);
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

static void tile(GString *html, int64_t value, const char *unit, const char *words)
{
	g_autofree char *number = ksig_number((uint64_t) value);

	g_string_append_printf(html, "<li><b>%s%s</b><span>%s</span></li>", number, unit, words);
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
	g_string_append(html, "<ul class=\"tiles\">");
	tile(html, site->n_patches, "", "patches");
	tile(html, (int64_t) site->revisions->len - 1, "", "revisions, each proved");
	tile(html, changed, "", "changed lines");
	tile(html, changed > 0 ? explained * 100 / changed : 0, " %", "of them explained by upstream");
	tile(html, site->kinds[KSIG_PATCH_VENDOR], "", "vendor patches");
	tile(html, (int64_t) g_hash_table_size(site->files), "", "files");
	g_string_append(html, "</ul>\n");
}

static void append_cell(GString *html, int64_t value)
{
	g_autofree char *number = ksig_number((uint64_t) value);

	g_string_append_printf(html, "<td class=\"number\">%s</td>", number);
}

static void revision_table(GString *html, const struct ksig_site *site)
{
	g_string_append(
		html, "<h2>Revisions</h2>\n<div class=\"scroll\"><table><thead><tr><th "
		      "scope=\"col\">revision</th><th scope=\"col\">date</th><th scope=\"col\" "
		      "class=\"number\">added</th><th scope=\"col\" class=\"number\">reworked</th><th "
		      "scope=\"col\" class=\"number\">dropped</th><th scope=\"col\" class=\"number\">changed "
		      "lines</th><th scope=\"col\" class=\"number\">explained</th><th "
		      "scope=\"col\">tree</th></tr></thead><tbody>\n");
	for (guint i = 0; i < site->figures->len; i++) {
		const struct ksig_site_revision *figures = &g_array_index(site->figures,
									  struct ksig_site_revision, i);
		const struct ksig_revision *revision = figures->revision;
		g_string_append_printf(html, "<tr><th scope=\"row\"><a href=\"revision-%u.html\">", i);
		ksig_site_escape(html, revision->label);
		g_string_append(html, "</a></th><td>");
		ksig_site_escape(html, revision->date ? revision->date : "");
		g_string_append(html, "</td>");
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

static bool write_overview(const struct ksig_site *site, GError **error)
{
	const struct ksig_revision *base = site->revisions->pdata[0];
	const struct ksig_revision *last = site->revisions->pdata[site->revisions->len - 1];
	GString *html = begin_page("index.html", "Overview", NULL);

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
	g_string_append(html, "<div class=\"cards\">\n");
	ksig_site_chart_revisions(html, site);
	ksig_site_chart_explained(html, site);
	chart_groups(html, "Patches by subsystem", site->subsystems, false, TOP_SUBSYSTEMS);
	chart_groups(html, "Changed lines by subsystem", site->subsystems, true, TOP_SUBSYSTEMS);
	chart_kinds(html, site);
	chart_groups(html, "Patches by source", site->sources, false, TOP_SOURCES);
	chart_ages(html, site);
	g_string_append(html, "</div>\n");
	revision_table(html, site);
	return end_page(site, "index.html", html, error);
}

/* ---- revisions ----------------------------------------------------------------------------------- */

static void patch_rows(GString *html, const char *title, int64_t count, const GString *rows)
{
	g_autofree char *number = ksig_number((uint64_t) count);

	if (count == 0)
		return;
	g_string_append_printf(html,
			       "<h2>%s %s</h2>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\" "
			       "class=\"number\">patch</th><th scope=\"col\">kind</th><th scope=\"col\" "
			       "class=\"number\">confidence</th><th scope=\"col\">source</th><th "
			       "scope=\"col\">subject</th></tr></thead><tbody>\n%s</tbody></table></div>\n",
			       number, title, rows->str);
	if (count > 1000)
		g_string_append(html, "<p class=\"note\">The first 1,000 are shown; the <a "
				      "href=\"patches.html\">list</a> has all.</p>\n");
}

static bool announced(const struct ksig_site *site, GString *html, int64_t revision_id, GError **error)
{
	g_autoptr(GPtrArray) entries = ksig_catalog_entries(site->catalog, revision_id, error);
	bool any = false;

	for (guint i = 0; entries && i < entries->len; i++) {
		const struct ksig_entry *entry = entries->pdata[i];
		if (entry->patch_id != 0)
			continue;
		if (!any)
			g_string_append(html, "<h2>Announced in the changelog, not found in the code</h2>\n"
					      "<ul class=\"plain\">\n");
		any = true;
		g_string_append(html, "<li>");
		ksig_site_escape(html, entry->text ? entry->text : entry->subject ? entry->subject : "");
		g_string_append(html, "</li>\n");
	}
	if (any)
		g_string_append(html, "</ul>\n");
	return entries != NULL;
}

static void revision_head(GString *html, const struct ksig_site *site, guint position)
{
	const struct ksig_revision *revision = site->revisions->pdata[position];

	g_string_append(html, "<p class=\"lead\">Revision</p><h1>");
	ksig_site_escape(html, revision->label);
	g_string_append(html, "</h1>\n<dl class=\"facts\">");
	if (revision->date) {
		g_string_append(html, "<dt>date</dt><dd>");
		ksig_site_escape(html, revision->date);
		g_string_append(html, "</dd>");
	}
	g_string_append_printf(html, "<dt>tree</dt><dd class=\"id\">%s</dd>",
			       revision->tree ? revision->tree : "");
	if (position > 0) {
		const struct ksig_revision *before = site->revisions->pdata[position - 1];
		g_autofree char *one = g_uri_escape_string(before->label, NULL, FALSE);
		g_autofree char *other = g_uri_escape_string(revision->label, NULL, FALSE);
		g_string_append_printf(html, "<dt>against</dt><dd><a href=\"compare.html#%s..%s\">", one,
				       other);
		ksig_site_escape(html, before->label);
		g_string_append(html, "</a></dd>");
	}
	g_string_append(html, "</dl>\n");
}

static bool write_revision(const struct ksig_site *site, guint position, GError **error)
{
	const struct ksig_site_revision *figures = &g_array_index(site->figures, struct ksig_site_revision,
								  position);
	g_autofree char *file = g_strdup_printf("revision-%u.html", position);
	GString *html = begin_page(file, figures->revision->label, NULL);

	revision_head(html, site, position);
	patch_rows(html, "added", figures->introduced, figures->introduced_rows);
	patch_rows(html, "reworked", figures->reworked, figures->reworked_rows);
	patch_rows(html, "dropped", figures->dropped, figures->dropped_rows);
	if (!announced(site, html, figures->revision->id, error)) {
		g_string_free(html, TRUE);
		return false;
	}
	return end_page(site, file, html, error);
}

/* ---- CVEs ---------------------------------------------------------------------------------------- */

static void cve_row(const struct ksig_site *site, GString *html, const struct ksig_reference *reference)
{
	const struct ksig_site_patch *patch = g_hash_table_lookup(site->patches, &reference->patch_id);

	if (!patch)
		return;
	g_string_append(html, "<tr><th scope=\"row\">");
	ksig_site_escape(html, reference->value);
	g_string_append(html, "</th><td>");
	if (patch->introduced >= 0) {
		const struct ksig_revision *revision = site->revisions->pdata[patch->introduced];
		g_string_append_printf(html, "<a href=\"revision-%d.html\">", patch->introduced);
		ksig_site_escape(html, revision->label);
		g_string_append(html, "</a>");
	}
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
	GString *html = begin_page("cves.html", "CVEs", NULL);
	g_string_append_printf(
		html,
		"<h1>CVEs</h1>\n<p class=\"lead\">%u times a CVE is named by a patch, its message or "
		"the changelog.</p>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">CVE</th>"
		"<th scope=\"col\">fixed in</th><th scope=\"col\">state</th><th "
		"scope=\"col\">patch</th></tr></thead><tbody>\n",
		references->len);
	for (guint i = 0; i < references->len; i++)
		cve_row(site, html, references->pdata[i]);
	g_string_append(html, "</tbody></table></div>\n");
	return end_page(site, "cves.html", html, error);
}

/* ---- pages that site.js fills -------------------------------------------------------------------- */

static const char no_script[] =
	"<noscript><p class=\"note\">This page is made in the browser, by a script. Without one, the <a "
	"href=\"index.html\">revisions</a> list their patches, and the <a href=\"cves.html\">CVEs</a> "
	"theirs.</p></noscript>\n";

static const char list_body[] =
	"<h1>Patches</h1>\n"
	"<div class=\"filters\" role=\"search\">"
	"<label class=\"wide\">Search subject, number, commit, CVE, subsystem (press /)"
	"<input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label>"
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
	"<label>To<select id=\"to\"></select></label></div>\n<div id=\"content\"></div>\n";

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
		GString *html = begin_page(made_by_script[i].file, made_by_script[i].title,
					   made_by_script[i].kind);
		g_string_append(html, no_script);
		g_string_append(html, made_by_script[i].body);
		if (!end_page(site, made_by_script[i].file, html, error))
			return false;
	}
	for (guint i = 0; i < site->revisions->len; i++)
		if (!write_revision(site, i, error))
			return false;
	return write_cves(site, error) && write_overview(site, error);
}
