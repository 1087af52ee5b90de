/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The site's SVG charts. */
#pragma once

#include "export/site-internal.h"

struct ksig_site_bar {
	const char *label;
	int64_t value;
	const char *kind; /* colours it; NULL: plain */
};

void ksig_site_chart_bars(GString *html, const char *title, const struct ksig_site_bar *bars, size_t n_bars);

/* Columns by revision, stacked by kind: of patches or of the LINES that they change. */
void ksig_site_chart_revisions(GString *html, const struct ksig_site *site, bool lines);

/* What of each subsystem's difference upstream explains. */
void ksig_site_chart_coverage(GString *html, const struct ksig_site *site);

/* The patches that each revision carries. */
void ksig_site_chart_growth(GString *html, const struct ksig_site *site);

/* The explained share over the revisions. */
void ksig_site_chart_explained(GString *html, const struct ksig_site *site);
