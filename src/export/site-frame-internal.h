/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pages share. */
#pragma once

#include "export/site-internal.h"

/* A row of big numbers. */
void ksig_site_tiles_begin(GString *html);
void ksig_site_tile(GString *html, const char *value, const char *words);
void ksig_site_tile_number(GString *html, int64_t value, const char *words);
void ksig_site_tiles_end(GString *html);

/* How many the one at POSITION has: those introduced by then and not dropped. */
int64_t ksig_site_count_carried(const struct ksig_site *site, guint position);

/* Begins the page called FILE; KIND says to site.js what to do with it (NULL: nothing). */
GString *ksig_site_page_begin(const struct ksig_site *site, const char *file, const char *title,
			      const char *kind);

/* Ends and writes the page; frees HTML. */
bool ksig_site_page_end(const struct ksig_site *site, const char *file, GString *html, GError **error);

/* "revision-KEY.html" of the one at POSITION, with its label, as a link. */
void ksig_site_link_revision(GString *html, const struct ksig_site *site, guint position, const char *before,
			     const char *after);
