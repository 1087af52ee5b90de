/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch's share of every count that the site's pages show, and its rows on those of revisions. */
#pragma once

#include "export/site-entrant-internal.h"
#include "export/site-internal.h"
#include "export/site-groups-internal.h"

/* Adds it to all figures. */
void ksig_site_count(struct ksig_site_entrant *entrant, struct ksig_site_group *subsystem,
		     struct ksig_site_group *source);

/* What POSITIONS, which count from 1, has for KEY (which may be NULL): -1 if it has none. */
int ksig_site_position(GHashTable *positions, gconstpointer key);

/* Adds what the changelog names as fixed to the revisions' CVEs. */
bool ksig_site_add_announced_cves(const struct ksig_site *site, GError **error);
