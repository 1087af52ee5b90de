/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "export/site-internal.h"

enum { WIDTH = 560, LABEL_WIDTH = 168, BAR_LEFT = 176, BAR_WIDTH = 300, ROW = 23, HEIGHT = 220, TOP = 10 };

static void begin_card(GString *html, const char *title, int height)
{
	g_string_append_printf(html,
			       "<section class=\"card\"><h2>%s</h2><svg viewBox=\"0 0 %d %d\" role=\"img\" "
			       "aria-label=\"%s\">",
			       title, WIDTH, height, title);
}

static void append_number(GString *html, int64_t value)
{
	g_autofree char *text = ksig_number((uint64_t) value);

	g_string_append(html, text);
}

static void bars_table(GString *html, const struct ksig_site_bar *bars, size_t n_bars)
{
	g_string_append(html, "<details><summary>as a table</summary><table><tbody>");
	for (size_t i = 0; i < n_bars; i++) {
		g_string_append(html, "<tr><th scope=\"row\">");
		ksig_site_escape(html, bars[i].label);
		g_string_append(html, "</th><td class=\"number\">");
		append_number(html, bars[i].value);
		g_string_append(html, "</td></tr>");
	}
	g_string_append(html, "</tbody></table></details>");
}

/* Text that does not fit is cut: SVG does not do it. */
static void append_label(GString *html, const char *label)
{
	enum { LETTERS = 24 };
	g_autofree char *clean = ksig_utf8(label, -1);

	if (g_utf8_strlen(clean, -1) > LETTERS) {
		g_autofree char *start = g_utf8_substring(clean, 0, LETTERS - 1);
		ksig_site_escape(html, start);
		g_string_append(html, "…");
	} else {
		ksig_site_escape(html, clean);
	}
}

void ksig_site_chart_bars(GString *html, const char *title, const struct ksig_site_bar *bars, size_t n_bars)
{
	int64_t most = 1;

	for (size_t i = 0; i < n_bars; i++)
		most = MAX(most, bars[i].value);
	begin_card(html, title, TOP + (int) n_bars * ROW);
	for (size_t i = 0; i < n_bars; i++) {
		const int y = TOP + (int) i * ROW;
		const int width = (int) (bars[i].value * BAR_WIDTH / most);
		g_string_append_printf(html, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABEL_WIDTH,
				       y + 13);
		append_label(html, bars[i].label);
		g_string_append_printf(
			html,
			"</text><rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"16\" "
			"rx=\"3\"/><text class=\"value\" x=\"%d\" y=\"%d\">",
			bars[i].kind ? bars[i].kind : "bar", BAR_LEFT, y,
			bars[i].value > 0 ? MAX(width, 1) : 0, BAR_LEFT + width + 8, y + 13);
		append_number(html, bars[i].value);
		g_string_append(html, "</text>");
	}
	g_string_append(html, "</svg>");
	bars_table(html, bars, n_bars);
	g_string_append(html, "</section>\n");
}

/* Labels below the columns: the first, the last, and what fits between. */
static void revision_labels(GString *html, const struct ksig_site *site, guint first, double step)
{
	enum { LABEL_ROOM = 120 };
	double free_from = 0;

	for (guint i = first; i < site->revisions->len; i++) {
		const double x = 10 + ((double) (i - first) + 0.5) * step;
		if (x - LABEL_ROOM / 2.0 < free_from - LABEL_ROOM / 2.0 && i > first)
			continue;
		const char *anchor = x < 60 ? "start" : x > WIDTH - 60 ? "end" : "middle";
		free_from = x + LABEL_ROOM;
		g_string_append_printf(html, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">",
				       (int) (x < 60           ? 10
					      : x > WIDTH - 60 ? WIDTH - 5
							       : x),
				       HEIGHT - 8, anchor);
		append_label(html, ((const struct ksig_revision *) site->revisions->pdata[i])->label);
		g_string_append(html, "</text>");
	}
}

static void legend(GString *html)
{
	g_string_append(html, "<ul class=\"legend\">");
	for (int kind = 0; kind < KSIG_SITE_KINDS; kind++) {
		const char *name = ksig_patch_kind_name((enum ksig_patch_kind) kind);
		g_string_append_printf(html, "<li><span class=\"kind kind-%s\">%s</span></li>", name, name);
	}
	g_string_append(html, "</ul>");
}

static void column(GString *html, const struct ksig_site_revision *figures, double x, double width,
		   int64_t most)
{
	double y = HEIGHT - 28;

	for (int kind = 0; kind < KSIG_SITE_KINDS; kind++) {
		const double height = (double) figures->kinds[kind] * (HEIGHT - 46) / (double) most;
		if (figures->kinds[kind] == 0)
			continue;
		y -= height;
		g_string_append_printf(
			html, "<rect class=\"%s\" x=\"%d.%d\" y=\"%d\" width=\"%d.%d\" height=\"%d\"/>",
			ksig_patch_kind_name((enum ksig_patch_kind) kind), (int) x, (int) (x * 10) % 10,
			(int) y, (int) width, (int) (width * 10) % 10, MAX((int) (height + 0.99), 1));
	}
}

void ksig_site_chart_revisions(GString *html, const struct ksig_site *site)
{
	const guint first = site->figures->len > 1 ? 1 : 0;
	const double step = (WIDTH - 20) / (double) MAX(site->figures->len - first, 1u);
	const double width = MIN(step * 0.8, 60);
	int64_t most = 1;

	for (guint i = first; i < site->figures->len; i++)
		most = MAX(most, g_array_index(site->figures, struct ksig_site_revision, i).introduced);
	begin_card(html, "Patches by revision and kind", HEIGHT);
	g_string_append_printf(html, "<line class=\"axis\" x1=\"10\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>",
			       WIDTH - 10, HEIGHT - 27, HEIGHT - 27);
	for (guint i = first; i < site->figures->len; i++)
		column(html, &g_array_index(site->figures, struct ksig_site_revision, i),
		       10 + ((double) (i - first) + 0.5) * step - width / 2, width, most);
	revision_labels(html, site, first, step);
	g_string_append_printf(html, "<text x=\"10\" y=\"14\">most: %" G_GINT64_FORMAT "</text></svg>", most);
	legend(html);
	g_string_append(html, "</section>\n");
}

static int share_y(const struct ksig_revision *revision)
{
	const double share = revision->changed_lines > 0
				     ? (double) revision->explained_lines / (double) revision->changed_lines
				     : 0;

	return (int) (HEIGHT - 28 - CLAMP(share, 0, 1) * (HEIGHT - 56));
}

void ksig_site_chart_explained(GString *html, const struct ksig_site *site)
{
	const guint first = site->revisions->len > 1 ? 1 : 0;
	const double step = (WIDTH - 20) / (double) MAX(site->revisions->len - first, 1u);
	const char *command = "M";

	begin_card(html, "Share of changed lines explained by upstream", HEIGHT);
	g_string_append_printf(html,
			       "<line class=\"axis\" x1=\"10\" x2=\"%d\" y1=\"28\" y2=\"28\"/>"
			       "<line class=\"axis\" x1=\"10\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>"
			       "<text x=\"10\" y=\"22\">100 %%</text><path class=\"path\" d=\"",
			       WIDTH - 10, WIDTH - 10, HEIGHT - 27, HEIGHT - 27);
	for (guint i = first; i < site->revisions->len; i++, command = "L")
		g_string_append_printf(html, "%s%d %d", command,
				       (int) (10 + ((double) (i - first) + 0.5) * step),
				       share_y(site->revisions->pdata[i]));
	g_string_append(html, "\"/>");
	for (guint i = first; i < site->revisions->len; i++)
		g_string_append_printf(html, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"3.5\"/>",
				       (int) (10 + ((double) (i - first) + 0.5) * step),
				       share_y(site->revisions->pdata[i]));
	revision_labels(html, site, first, step);
	g_string_append(html, "</svg></section>\n");
}
