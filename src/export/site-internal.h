/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the web site's export. Everything from outside goes through ksig_site_escape() into HTML or through
 * ksig_site_json() into data; there is no third way.
 */
#pragma once

#include "export/export.h"
#include "history/upstream-diff.h"

enum {
	KSIG_SITE_LIST_SHARD = 2000, /* patches a shard of the list */
	KSIG_SITE_DETAIL_SHARD = 64, /* patches a shard of details */
	KSIG_SITE_FILE_SHARDS = 256,
	KSIG_SITE_BLAME_SHARDS = 4096,
	KSIG_SITE_KINDS = KSIG_PATCH_KINDS,
	KSIG_SITE_ROWS = 1000, /* of a table on a page that needs no script */
	KSIG_SITE_AGES = 7,
};

/* ---- what the pages tell ------------------------------------------------------------------------- */

struct ksig_site {
	ksig_catalog *catalog;
	ksig_store *store;
	const struct ksig_export_site *options;
	ksig_upstream_bench *bench; /* to compare with upstream; NULL: not asked for */
	GArray *order;              /* int64_t: the patches as they come */
	GPtrArray *commits;         /* char *: whose differences are shown, patch by patch */
	guint next_commit;
	ksig_diffs *diffs; /* theirs */
	GPtrArray *news;   /* struct ksig_news * */
	char *directory;
	GPtrArray *revisions;   /* struct ksig_revision * */
	GArray *figures;        /* struct ksig_site_revision, by position */
	GHashTable *by_id;      /* revision id -> position + 1 */
	GHashTable *by_label;   /* label -> position + 1 */
	GHashTable *subsystems; /* name -> struct ksig_site_group * */
	GHashTable *sources;
	GHashTable *files;   /* path -> GArray of int64_t */
	GHashTable *patches; /* id -> struct ksig_site_patch * */
	GHashTable *details; /* numbers of the detail shards begun */
	GString *rows;       /* of the list shard being made */
	int64_t n_patches;
	int64_t kinds[KSIG_SITE_KINDS];
	int64_t lines[KSIG_SITE_KINDS];
	int64_t ages[KSIG_SITE_AGES];
	int list_shards;
	bool has_names; /* the index of functions and symbols is complete: likely pairs can be told */
	ksig_progress *progress;
};
