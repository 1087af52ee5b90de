/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site's SVG charts: bars, columns by revision and kind, the curve of what is explained, each with its
 * figures as a table.
 */
#include "export/site-chart-internal.h"
#include "export/site-frame-internal.h"
#include "export/site-groups-internal.h"
#include "export/site-internal.h"
#include "export/site-text-internal.h"

enum {
	WIDTH = 560,
	LABEL_WIDTH = 158,
	BAR_LEFT = 168,
	BAR_WIDTH = 320,
	ROW = 25,
	TOP = 4,
	HEIGHT = 240,
	PLOT_LEFT = 68, /* of what has an axis on the left */
	PLOT_RIGHT = WIDTH - 8,
	PLOT_TOP = 14,
	PLOT_BOTTOM = HEIGHT - 30,
};

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

static void number_row(GString *html, const char *label, int64_t value)
{
	g_string_append(html, "<tr><th scope=\"row\">");
	ksig_site_escape(html, label);
	g_string_append(html, "</th><td class=\"number\">");
	append_number(html, value);
	g_string_append(html, "</td></tr>");
}

static void bars_table(GString *html, const struct ksig_site_bar *bars, size_t n_bars)
{
	g_string_append(html, "<details><summary>as a table</summary><table><tbody>");
	for (size_t i = 0; i < n_bars; i++)
		number_row(html, bars[i].label, bars[i].value);
	g_string_append(html, "</tbody></table></details>");
}

/* Text that does not fit is cut: SVG does not do it. */
static void append_label(GString *html, const char *label)
{
	enum { LETTERS = 24 };
	g_autofree char *clean = ksig_shown(label, -1);

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
			"</text><rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"17\" "
			"rx=\"2\"/><text class=\"value\" x=\"%d\" y=\"%d\">",
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
	enum { LABEL_ROOM = 96 };
	double free_from = 0;
	const guint last = site->revisions->len - 1;

	for (guint i = first; i <= last; i++) {
		const double x = PLOT_LEFT + ((double) (i - first) + 0.5) * step;
		const double last_x = PLOT_LEFT + ((double) (last - first) + 0.5) * step;
		if (i > first && (x < free_from || (i < last && last_x - x < LABEL_ROOM)))
			continue;
		free_from = x + LABEL_ROOM;
		const bool at_end = i == last && i > first && x > PLOT_RIGHT - LABEL_ROOM / 2.0;
		g_string_append_printf(html, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">",
				       at_end ? (int) PLOT_RIGHT : (int) x, HEIGHT - 10,
				       at_end ? "end" : "middle");
		append_label(html, ((const struct ksig_revision *) site->revisions->pdata[i])->label);
		g_string_append(html, "</text>");
	}
}

static void legend(GString *html, const int64_t *counts)
{
	g_string_append(html, "<ul class=\"legend\">");
	for (int kind = 0; kind < KSIG_SITE_KINDS; kind++) {
		const char *name = ksig_catalog_patch_kind_name((enum ksig_patch_kind) kind);
		if (counts[kind] > 0 && kind != KSIG_PATCH_RELEASE)
			g_string_append_printf(html, "<li><span class=\"key key-%s\"></span>%s</li>", name,
					       name);
	}
	g_string_append(html, "</ul>");
}

/* A round number that is at least VALUE: 1, 2 or 5 times a power of ten. */
static int64_t round_up(int64_t value)
{
	int64_t power = 1;

	while (power * 10 <= value && power < G_MAXINT64 / 100)
		power *= 10;
	return value <= power       ? power
	       : value <= 2 * power ? 2 * power
	       : value <= 5 * power ? 5 * power
				    : 10 * power;
}

static double plot_y(double share)
{
	return PLOT_BOTTOM - CLAMP(share, 0, 1) * (PLOT_BOTTOM - PLOT_TOP);
}

static void axis_line(GString *html, double share, const char *label)
{
	g_string_append_printf(html,
			       "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>"
			       "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
			       PLOT_LEFT, PLOT_RIGHT, (int) plot_y(share), (int) plot_y(share), PLOT_LEFT - 8,
			       (int) plot_y(share) + 4, label);
}

static void axis_of_numbers(GString *html, int64_t most)
{
	for (int part = 0; part <= 2; part++) {
		g_autofree char *label = ksig_number((uint64_t) (most * part / 2));
		if (part == 0 || most > 1)
			axis_line(html, part / 2.0, label);
	}
}

static void column(GString *html, const int64_t *counts, double x, double width, int64_t most)
{
	double y = PLOT_BOTTOM;

	for (int kind = 0; kind < KSIG_PATCH_RELEASE; kind++) {
		const double height = (double) counts[kind] * (PLOT_BOTTOM - PLOT_TOP) / (double) most;
		if (counts[kind] == 0)
			continue;
		y -= height;
		g_string_append_printf(
			html, "<rect class=\"%s\" x=\"%d.%d\" y=\"%d\" width=\"%d.%d\" height=\"%d\"/>",
			ksig_catalog_patch_kind_name((enum ksig_patch_kind) kind), (int) x,
			(int) (x * 10) % 10, (int) y, (int) width, (int) (width * 10) % 10,
			MAX((int) (height + 0.99), 1));
	}
}

static const int64_t *counts_of(const struct ksig_site *site, guint position, bool lines)
{
	const struct ksig_site_revision *figures = &g_array_index(site->figures, struct ksig_site_revision,
								  position);

	return lines ? figures->lines : figures->kinds;
}

static int64_t sum_of(const int64_t *counts)
{
	int64_t sum = 0;

	for (int kind = 0; kind < KSIG_PATCH_RELEASE; kind++)
		sum += counts[kind];
	return sum;
}

static void revisions_table(GString *html, const struct ksig_site *site, guint first, bool lines)
{
	g_string_append(html, "<details><summary>as a table</summary><table><tbody>");
	for (guint i = first; i < site->figures->len; i++)
		number_row(html, ((const struct ksig_revision *) site->revisions->pdata[i])->label,
			   sum_of(counts_of(site, i, lines)));
	g_string_append(html, "</tbody></table></details>");
}

void ksig_site_chart_revisions(GString *html, const struct ksig_site *site, bool lines)
{
	const guint first = site->figures->len > 1 ? 1 : 0;
	const double step = (double) (PLOT_RIGHT - PLOT_LEFT) / (double) MAX(site->figures->len - first, 1u);
	const double width = MIN(step * 0.72, 56);
	int64_t most = 1;

	for (guint i = first; i < site->figures->len; i++)
		most = MAX(most, sum_of(counts_of(site, i, lines)));
	most = round_up(most);
	begin_card(html, lines ? "Changed lines by revision and kind" : "Patches by revision and kind",
		   HEIGHT);
	axis_of_numbers(html, most);
	for (guint i = first; i < site->figures->len; i++)
		column(html, counts_of(site, i, lines),
		       PLOT_LEFT + ((double) (i - first) + 0.5) * step - width / 2, width, most);
	revision_labels(html, site, first, step);
	g_string_append(html, "</svg>");
	legend(html, lines ? site->lines : site->kinds);
	revisions_table(html, site, first, lines);
	g_string_append(html, "</section>\n");
}

static double share_of(const struct ksig_revision *revision)
{
	return revision->changed_lines > 0
		       ? (double) revision->explained_lines / (double) revision->changed_lines
		       : 0;
}

/* The share of REVISION in words: never rounded up to a whole that it is not. */
static char *share_text(const struct ksig_revision *revision)
{
	const double tenths = share_of(revision) * 1000;

	return g_strdup_printf("%d.%d %%", (int) tenths / 10, (int) tenths % 10);
}

static void explained_table(GString *html, const struct ksig_site *site, guint first)
{
	g_string_append(html, "<details><summary>as a table</summary><table><tbody>");
	for (guint i = first; i < site->revisions->len; i++) {
		const struct ksig_revision *revision = site->revisions->pdata[i];
		g_autofree char *share = share_text(revision);
		g_string_append(html, "<tr><th scope=\"row\">");
		ksig_site_escape(html, revision->label);
		g_string_append_printf(html, "</th><td class=\"number\">%s</td></tr>", share);
	}
	g_string_append(html, "</tbody></table></details>");
}

/* SHARES of the plot's height, a revision each from FIRST on, as a line over an area. */
static void add_path(GString *html, const struct ksig_site *site, const double *shares, guint first,
		     bool area)
{
	const double step = (double) (PLOT_RIGHT - PLOT_LEFT) /
			    (double) MAX(site->revisions->len - first, 1u);
	const double width = ((double) (site->revisions->len - first) - 1) * step;
	const int start = (int) (PLOT_LEFT + step / 2);

	g_string_append_printf(html, "<path class=\"%s\" d=\"", area ? "area" : "path");
	if (area)
		g_string_append_printf(html, "M%d %d", start, PLOT_BOTTOM);
	for (guint i = first; i < site->revisions->len; i++)
		g_string_append_printf(html, "%s%d %d", !area && i == first ? "M" : "L",
				       (int) (PLOT_LEFT + ((double) (i - first) + 0.5) * step),
				       (int) plot_y(shares[i]));
	if (area)
		g_string_append_printf(html, "L%d %dZ", start + (int) width, PLOT_BOTTOM);
	g_string_append(html, "\"/>");
}

static void add_line(GString *html, const struct ksig_site *site, const double *shares, guint first,
		     const char *last_value)
{
	const double step = (double) (PLOT_RIGHT - PLOT_LEFT) /
			    (double) MAX(site->revisions->len - first, 1u);
	const double last = shares[site->revisions->len - 1];

	add_path(html, site, shares, first, true);
	add_path(html, site, shares, first, false);
	for (guint i = first; i < site->revisions->len; i++)
		g_string_append_printf(html, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"3.5\"/>",
				       (int) (PLOT_LEFT + ((double) (i - first) + 0.5) * step),
				       (int) plot_y(shares[i]));
	g_string_append_printf(html, "<text class=\"value\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
			       PLOT_RIGHT, (int) plot_y(last) + (last > 0.5 ? 20 : -10), last_value);
	revision_labels(html, site, first, step);
	g_string_append(html, "</svg>");
}

void ksig_site_chart_explained(GString *html, const struct ksig_site *site)
{
	const guint first = site->revisions->len > 1 ? 1 : 0;
	g_autofree double *shares = g_new0(double, site->revisions->len);
	g_autofree char *text = share_text(site->revisions->pdata[site->revisions->len - 1]);

	for (guint i = 0; i < site->revisions->len; i++)
		shares[i] = share_of(site->revisions->pdata[i]);
	begin_card(html, "Share of changed lines explained by upstream", HEIGHT);
	axis_line(html, 0, "0");
	axis_line(html, 0.5, "50 %");
	axis_line(html, 1, "100 %");
	add_line(html, site, shares, first, text);
	explained_table(html, site, first);
	g_string_append(html, "</section>\n");
}

void ksig_site_chart_growth(GString *html, const struct ksig_site *site)
{
	g_autofree double *shares = g_new0(double, site->revisions->len);
	const int64_t now = ksig_site_count_carried(site, site->revisions->len - 1);
	g_autofree char *text = ksig_number((uint64_t) now);
	int64_t most = 1;

	for (guint i = 0; i < site->revisions->len; i++)
		most = MAX(most, ksig_site_count_carried(site, i));
	most = round_up(most);
	for (guint i = 0; i < site->revisions->len; i++)
		shares[i] = (double) ksig_site_count_carried(site, i) / (double) most;
	begin_card(html, "Growth: patches that each revision carries", HEIGHT);
	axis_of_numbers(html, most);
	add_line(html, site, shares, 0, text);
	g_string_append(html, "<details><summary>as a table</summary><table><tbody>");
	for (guint i = 0; i < site->revisions->len; i++)
		number_row(html, ((const struct ksig_revision *) site->revisions->pdata[i])->label,
			   ksig_site_count_carried(site, i));
	g_string_append(html, "</tbody></table></details></section>\n");
}

/* ---- coverage: how much of each subsystem's difference is explained ------------------------------ */

enum { COVERAGE_LEFT = 150, COVERAGE_WIDTH = 250, COVERAGE_MOST = 16 };

/* The explained part is full, the rest hatched, and the numbers say both: it reads without colours. */
static void coverage_row(GString *html, const struct ksig_site_group *group, int64_t most, int y)
{
	const int width = MAX((int) (group->lines * COVERAGE_WIDTH / most), 2);
	const int full = (int) (group->explained * width / MAX(group->lines, 1));
	g_autofree char *lines = ksig_number((uint64_t) group->lines);

	g_string_append_printf(html, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", COVERAGE_LEFT - 8,
			       y + 13);
	append_label(html, group->name);
	g_string_append_printf(
		html,
		"</text><rect class=\"rest\" fill=\"url(#hatch)\" x=\"%d\" y=\"%d\" width=\"%d\" "
		"height=\"17\"/><rect class=\"exact\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"17\"/>"
		"<text class=\"value\" x=\"%d\" y=\"%d\">%d %% <tspan class=\"of\">of %s</tspan></text>",
		COVERAGE_LEFT, y, width, COVERAGE_LEFT, y, full, COVERAGE_LEFT + width + 8, y + 13,
		(int) (group->explained * 100 / MAX(group->lines, 1)), lines);
}

void ksig_site_chart_coverage(GString *html, const struct ksig_site *site)
{
	g_autoptr(GPtrArray) groups = ksig_site_ranked(site->subsystems, true);
	guint n = 0;

	while (n < MIN(groups->len, (guint) COVERAGE_MOST) &&
	       ((const struct ksig_site_group *) groups->pdata[n])->lines > 0)
		n++;
	if (n == 0)
		return;
	begin_card(html, "How much of the difference is explained, and where", TOP + (int) n * ROW);
	g_string_append(
		html, "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
		      "patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" "
		      "y2=\"6\"/></pattern></defs>");
	for (guint i = 0; i < n; i++)
		coverage_row(html, groups->pdata[i],
			     ((const struct ksig_site_group *) groups->pdata[0])->lines, TOP + (int) i * ROW);
	g_string_append(
		html,
		"</svg><ul class=\"legend\"><li><span class=\"key key-exact\"></span>lines that upstream "
		"explains</li><li><span class=\"key key-rest\"></span>lines that it does not</li></ul>"
		"<details><summary>as a table</summary><table><tbody>");
	for (guint i = 0; i < n; i++) {
		const struct ksig_site_group *group = groups->pdata[i];
		g_autofree char *share = ksig_site_share(group->explained, group->lines);
		g_string_append(html, "<tr><th scope=\"row\">");
		ksig_site_escape(html, group->name);
		g_string_append_printf(html, "</th><td class=\"number\">%s of ", share);
		append_number(html, group->lines);
		g_string_append(html, "</td></tr>");
	}
	g_string_append(html, "</tbody></table></details></section>\n");
}
