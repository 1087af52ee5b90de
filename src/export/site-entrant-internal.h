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
