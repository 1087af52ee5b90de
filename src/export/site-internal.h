/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the web site's export. Everything from outside goes through ksig_site_escape() into HTML or through
 * ksig_site_json() into data; there is no third way.
 */
#pragma once

#include "export/export-internal.h"
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

/* ---- text ---------------------------------------------------------------------------------------- */

/*
 * What stands for LABEL in names of files and in addresses: other labels have other keys, and the same one
 * has the same key in every later site. Free with g_free().
 */
char *ksig_site_key(const char *label);
/* "81.2 %" of ALL; free with g_free(). */
char *ksig_site_share(int64_t part, int64_t all);

void ksig_site_escape(GString *html, const char *text);
void ksig_site_json(GString *json, const char *text); /* quotes and all; NULL: null */

/* ---- what the pages tell ------------------------------------------------------------------------- */

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

/* That of NAME in TABLE, which is added if it is not there. */
struct ksig_site_group *ksig_site_group_of(GHashTable *table, const char *name);
/* The groups of TABLE by falling figures (LINES: lines, else patches); the array does not own them. */
GPtrArray *ksig_site_ranked(GHashTable *table, bool lines);
/* The same by index. */
GPtrArray *ksig_site_indexed(GHashTable *table);

/* ---- data ---------------------------------------------------------------------------------------- */

/* A step as a mail, added to MAILS. */
bool ksig_site_add_mail(const struct ksig_site *site, const struct ksig_link *link, const GString *diff,
			GString *mails, GError **error);
/* Writes raw/NUMBER.KIND. */
bool ksig_site_write_raw(const struct ksig_site *site, int64_t patch_id, const char *kind,
			 const GString *bytes, GError **error);
/* The owners of the lines of the files asked for; the shards that there are, joined by commas. */
bool ksig_site_write_blame(const struct ksig_site *site, GString *out_shards, GError **error);
/* Of N, FNV-1a, as site.js computes it. */
unsigned ksig_site_shard_of_path(const char *path, unsigned n);
/* Where ids are looked up, as a member of data/meta.js. */
bool ksig_site_add_links(const struct ksig_site *site, GString *json, GError **error);
/* The CVE, as a link to where CVEs are described. */
void ksig_site_link_cve(const struct ksig_site *site, GString *html, const char *cve);
bool ksig_site_write_feed(const struct ksig_site *site, GError **error);
/* Begins to read the differences, in the order in which the patches come. */
bool ksig_site_open_diffs(struct ksig_site *site, GError **error);
/* Adds one patch to the data and the figures; ksig_catalog_patch_fn with a struct ksig_site as DATA. */
bool ksig_site_add_patch(struct ksig_patch *patch, gpointer data, GError **error);
bool ksig_site_end_list_shard(struct ksig_site *site, GError **error);
/* Adds what the changelog names as fixed to the revisions' CVEs. */
bool ksig_site_add_announced_cves(const struct ksig_site *site, GError **error);
/* Ends the shards, writes the file index and data/meta.js. */
bool ksig_site_end_data(struct ksig_site *site, GError **error);
bool ksig_site_write(const struct ksig_site *site, const char *name, const GString *content, GError **error);

/* A row of big numbers. */
void ksig_site_tiles_begin(GString *html);
void ksig_site_tile(GString *html, const char *value, const char *words);
void ksig_site_tile_number(GString *html, int64_t value, const char *words);
void ksig_site_tiles_end(GString *html);

/* ---- charts, as SVG with a table for those who do not see it ------------------------------------- */

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
/* How many the one at POSITION has: those introduced by then and not dropped. */
int64_t ksig_site_count_carried(const struct ksig_site *site, guint position);
/* The explained share over the revisions. */
void ksig_site_chart_explained(GString *html, const struct ksig_site *site);

/* ---- pages --------------------------------------------------------------------------------------- */

/* Begins the page called FILE; KIND says to site.js what to do with it (NULL: nothing). */
GString *ksig_site_page_begin(const struct ksig_site *site, const char *file, const char *title,
			      const char *kind);
/* Ends and writes the page; frees HTML. */
bool ksig_site_page_end(const struct ksig_site *site, const char *file, GString *html, GError **error);
/* What is missing, and what is being watched: pages that are there if there is something to tell. */
bool ksig_site_write_missing(const struct ksig_site *site, GError **error);
/* What the CVE records say of the last revision, if there are any. */
bool ksig_site_add_verdicts(const struct ksig_site *site, GString *html, GError **error);
bool ksig_site_write_status(const struct ksig_site *site, GError **error);
bool ksig_site_write_overview(const struct ksig_site *site, GError **error);
/* What the changelog of the revision at POSITION announces, beside the code; nothing without one. */
bool ksig_site_add_account(const struct ksig_site *site, GString *html, guint position, GError **error);
/* "revision-KEY.html" of the one at POSITION, with its label, as a link. */
void ksig_site_link_revision(GString *html, const struct ksig_site *site, guint position, const char *before,
			     const char *after);
/* Writes every page but those of data. */
bool ksig_site_write_pages(const struct ksig_site *site, GError **error);
