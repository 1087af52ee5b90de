/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text on its way into the site. */
#pragma once

#include "export/site-internal.h"

/*
 * What stands for LABEL in names of files and in addresses: other labels have other keys, and the same one
 * has the same key in every later site. Free with g_free().
 */
char *ksig_site_key(const char *label);

/* "81.2 %" of ALL; free with g_free(). */
char *ksig_site_share(int64_t part, int64_t all);
void ksig_site_escape(GString *html, const char *text);
void ksig_site_json(GString *json, const char *text); /* quotes and all; NULL: null */

/* Of N, FNV-1a, as site.js computes it. */
unsigned ksig_site_shard_of_path(const char *path, unsigned n);
bool ksig_site_write(const struct ksig_site *site, const char *name, const GString *content, GError **error);
