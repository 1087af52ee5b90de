/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named figures, of subsystems and sources. */
#pragma once

#include "export/site-internal.h"

/* A named figure: a subsystem, a source. */
struct ksig_site_group {
	char *name;
	int index; /* in order of appearance: how the list names it */
	int64_t patches;
	int64_t lines;
	int64_t explained; /* of these lines, by upstream */
};

struct ksig_site_revision {
	const struct ksig_revision *revision;
	char *key;                      /* of its label */
	int64_t kinds[KSIG_SITE_KINDS]; /* introduced here */
	int64_t lines[KSIG_SITE_KINDS]; /* and how many lines they change */
	int64_t introduced;
	int64_t dropped;
	int64_t reworked;
	GString *cves;            /* that its patches and its changelog name as fixed, joined by blanks */
	GString *introduced_rows; /* HTML, the first ones of each */
	GString *dropped_rows;
	GString *reworked_rows;
};

/* What is kept of each patch for the tables that come last. */
struct ksig_site_patch {
	int64_t id;
	int introduced; /* position; -1: never */
	int dropped;
	char *subject;
};

/* That of NAME in TABLE, which is added if it is not there. */
struct ksig_site_group *ksig_site_group_of(GHashTable *table, const char *name);

/* The groups of TABLE by falling figures (LINES: lines, else patches); the array does not own them. */
GPtrArray *ksig_site_ranked(GHashTable *table, bool lines);

/* The same by index. */
GPtrArray *ksig_site_indexed(GHashTable *table);
