/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "export/site-internal.h"

/* A patch on its way into the pages. */
struct ksig_site_entrant {
	struct ksig_site *site;
	const struct ksig_patch *patch;
	GString *json;
	GString *reworks; /* positions, joined by commas */
	GString *cves;    /* joined by blanks */
	char *subsystem;  /* of the file that it changes most */
	int64_t largest;
	int introduced;
	int dropped;
	char *reason;   /* why it was dropped */
	GString *mails; /* its steps */
	GString *diffs; /* theirs, without a word */
	bool reworked;
};

/* Adds the patch to the data of its page; fills what the entrant tells of it. */
bool ksig_site_add_details(struct ksig_site_entrant *entrant, GError **error);
/* Adds it to all figures. */
void ksig_site_count(struct ksig_site_entrant *entrant, struct ksig_site_group *subsystem,
		     struct ksig_site_group *source);
/* What POSITIONS, which count from 1, has for KEY (which may be NULL): -1 if it has none. */
int ksig_site_position(GHashTable *positions, gconstpointer key);
