/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where commits, CVEs and tickets are looked up. */
#pragma once

#include "export/site-internal.h"

/* Where ids are looked up, as a member of data/meta.js. */
bool ksig_site_add_links(const struct ksig_site *site, GString *json, GError **error);

/* The CVE, as a link to where CVEs are described. */
void ksig_site_link_cve(const struct ksig_site *site, GString *html, const char *cve);
