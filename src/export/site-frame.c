/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pages share: frame, menu and content policy, rows of big numbers, links to revisions. */
#include "export/site-frame-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-internal.h"
#include "export/site-text-internal.h"

/* Nothing but files of this site, whatever a patch's text may say. */
#define POLICY                                                                                               \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "         \
	"form-action 'none'"

static const char *const menu[][2] = {
	{"index.html", "Overview"}, {"patches.html", "Patches"},       {"compare.html", "Compare"},
	{"cves.html", "CVEs"},      {"missing.html", "Missing fixes"}, {"status.html", "Status"},
};

/* Pages that not every site has. */
static bool has_page(const struct ksig_site *site, const char *file)
{
	if (g_str_equal(file, "missing.html"))
		return site->options->missing != NULL;
	return !g_str_equal(file, "status.html") || site->news->len > 0;
}

GString *ksig_site_page_begin(const struct ksig_site *site, const char *file, const char *title,
			      const char *kind)
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
		"<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Revisions\" "
		"href=\"feed.xml\">\n"
		"<script src=\"site.js\" defer></script>\n</head>\n<body%s%s%s>\n"
		"<a class=\"skip\" href=\"#main\">To the content</a>\n<header><nav aria-label=\"Site\">"
		"<a class=\"name\" href=\"index.html\">ksig</a>",
		kind ? " data-page=\"" : "", kind ? kind : "", kind ? "\"" : "");
	for (size_t i = 0; i < G_N_ELEMENTS(menu); i++)
		if (has_page(site, menu[i][0]))
			g_string_append_printf(html, "<a href=\"%s\"%s>%s</a>", menu[i][0],
					       g_str_equal(menu[i][0], file) ? " aria-current=\"page\"" : "",
					       menu[i][1]);
	g_string_append(html,
			"<button id=\"theme\" type=\"button\" hidden>Light / dark</button></nav></header>\n"
			"<main id=\"main\">\n");
	return html;
}

bool ksig_site_page_end(const struct ksig_site *site, const char *file, GString *html, GError **error)
{
	g_string_append(html, "</main>\n<footer>Made by ksig " KSIG_VERSION
			      ". Each revision's tree id was compared with the vendor's.</footer>\n</body>\n"
			      "</html>\n");
	const bool written = ksig_site_write(site, file, html, error);
	g_string_free(html, TRUE);
	return written;
}

void ksig_site_link_revision(GString *html, const struct ksig_site *site, guint position, const char *before,
			     const char *after)
{
	const struct ksig_site_revision *figures = &g_array_index(site->figures, struct ksig_site_revision,
								  position);

	g_string_append_printf(html, "<a href=\"revision-%s.html\">%s", figures->key, before);
	ksig_site_escape(html, figures->revision->label);
	g_string_append_printf(html, "%s</a>", after);
}

int64_t ksig_site_count_carried(const struct ksig_site *site, guint position)
{
	int64_t carried = 0;

	for (guint i = 0; i <= position; i++) {
		const struct ksig_site_revision *figures = &g_array_index(site->figures,
									  struct ksig_site_revision, i);
		carried += figures->introduced - figures->kinds[KSIG_PATCH_RELEASE] - figures->dropped;
	}
	return carried;
}

void ksig_site_tiles_begin(GString *html)
{
	g_string_append(html, "<ul class=\"tiles\">");
}

void ksig_site_tile(GString *html, const char *value, const char *words)
{
	g_string_append_printf(html, "<li><b>%s</b><span>%s</span></li>", value, words);
}

void ksig_site_tile_number(GString *html, int64_t value, const char *words)
{
	g_autofree char *number = ksig_number((uint64_t) value);

	ksig_site_tile(html, number, words);
}

void ksig_site_tiles_end(GString *html)
{
	g_string_append(html, "</ul>\n");
}
