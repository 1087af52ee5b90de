/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig missing: upstream fixes that a revision lacks, or with --against both ways with a longterm tree.
 * Opening pools, and --mbox, are in cmd-missing-pools.c.
 */
#include "cli/cmd-missing.h"

#include "cli/selection.h"
#include "export/export.h"

static char *format_name;
static char *columns;
static char *revision_label;
static char *since;
static char *path;
static char **upstreams;
static char *against;
static char *mbox;
static double min_confidence = KSIG_MISSING_CONFIDENCE;
static gboolean read_messages;

static const GOptionEntry entries[] = {
	{"revision", 'r', 0, G_OPTION_ARG_STRING, &revision_label, "at revision R (the last one)", "R"},
	{"upstream", 'u', 0, G_OPTION_ARG_STRING_ARRAY, &upstreams,
	 "look in this one instead of the workspace's; may be given again", "UPSTREAM"},
	{"against", 'a', 0, G_OPTION_ARG_STRING, &against,
	 "what the vendor lacks of the longterm tree NAME, and NAME of the vendor's fixes", "NAME"},
	{"mbox", 'm', 0, G_OPTION_ARG_FILENAME, &mbox, "write the fixes as mails for git am", "FILE"},
	{"path", 'p', 0, G_OPTION_ARG_STRING, &path, "of the subsystem P or below it", "P"},
	{"since", 0, 0, G_OPTION_ARG_STRING, &since, "committed on this day or later", "YYYY-MM-DD"},
	{"min-confidence", 0, 0, G_OPTION_ARG_DOUBLE, &min_confidence, "at least this sure, 0 to 1 (0.3)",
	 "C"},
	{"read-messages", 0, 0, G_OPTION_ARG_NONE, &read_messages,
	 "look for \"Follow-up for\" and the like in each commit, not for Fixes: alone", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{"columns", 'c', 0, G_OPTION_ARG_STRING, &columns, "which ones, in which order", "NAMES"},
	{NULL},
};

static const struct ksig_column table_columns[] = {
	{"lacks", 0},
	{"upstream", 0},
	{"origin", 0},
	{"pool", 0},
	{"date", 0},
	{"confidence", KSIG_COLUMN_NUMBER},
	{"relation", 0},
	{"target", 0},
	{"patch", KSIG_COLUMN_NUMBER},
	{"fix", KSIG_COLUMN_NUMBER},
	{"subsystem", 0},
	{"hints", 0},
	{"author", 0},
	{"subject", KSIG_COLUMN_WIDE},
};
static const char text_columns[] = "upstream,date,confidence,relation,target,patch,subsystem,hints,subject";
static const char against_columns[] =
	"lacks,upstream,date,confidence,relation,target,fix,subsystem,hints,subject";

static void add_row(ksig_table *table, const struct ksig_missing *missing)
{
	g_autofree char *patch = missing->patch_id > 0
					 ? g_strdup_printf("%" G_GINT64_FORMAT, missing->patch_id)
					 : NULL;
	g_autofree char *hints = g_strconcat(missing->cve ? "cve " : "", missing->cc_stable ? "stable " : "",
					     missing->syzbot ? "syzbot " : "", NULL);
	g_autofree char *fix = missing->fix_id > 0 ? g_strdup_printf("%" G_GINT64_FORMAT, missing->fix_id)
						   : NULL;
	char confidence[G_ASCII_DTOSTR_BUF_SIZE];
	const char *const cells[] = {
		missing->lacks,
		missing->id,
		missing->origin,
		missing->pool,
		missing->date,
		g_ascii_formatd(confidence, sizeof confidence, "%.3f", missing->confidence),
		ksig_history_missing_relation_name(missing->relation),
		missing->target,
		patch,
		fix,
		missing->subsystem,
		g_strchomp(hints),
		missing->author,
		missing->subject,
	};

	G_STATIC_ASSERT(G_N_ELEMENTS(cells) == G_N_ELEMENTS(table_columns));
	ksig_table_add(table, cells);
}

static bool is_wanted(const struct ksig_missing *missing)
{
	const size_t length = path ? strlen(path) : 0;

	if (since && g_strcmp0(missing->date, since) < 0)
		return false;
	return !path || (strncmp(missing->subsystem, path, length) == 0 &&
			 (missing->subsystem[length] == '\0' || missing->subsystem[length] == '/'));
}

struct search {
	ksig_catalog *catalog;
	ksig_store *store;
	const struct ksig_revision *revision;
	GPtrArray *pools;
	GPtrArray *others;
	GPtrArray *found;
	git_oid tree;      /* of what lacks the fixes that --mbox writes */
	const char *lacks; /* its name */
};

static bool find(struct search *search, GError **error)
{
	const struct ksig_missing_options options = {min_confidence, read_messages};
	g_autoptr(GPtrArray) known = ksig_catalog_upstreams(search->catalog, error);
	unsigned unread = 0;

	if (!known || !ksig_missing_open_pools(known, upstreams, search->store, search->pools, error))
		return false;
	const struct ksig_pool *other = against ? ksig_missing_find_against(known, against, search->store,
									    search->pools, search->others,
									    error)
						: NULL;
	if (against && !other)
		return false;
	search->lacks = other ? other->name : search->revision->label;
	search->found = other ? ksig_history_missing_against(search->catalog, search->store, search->revision,
							     search->pools, other, &options, &search->tree,
							     &unread, error)
			      : ksig_history_missing_find(search->catalog, search->store, search->revision,
							  search->pools, &options, &unread, error);
	if (!search->found)
		return false;
	if (!other && git_oid_fromstr(&search->tree, search->revision->tree) != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "catalog: revision %s has no tree",
				      search->revision->label);
	if (unread > 0)
		ksig_print(stderr,
			   "ksig: of %u upstreams the history before their range cannot be read: fixes of "
			   "commits in the base are not found there\n",
			   unread);
	return true;
}

/* Leaves out what is not asked for. */
static void narrow(GPtrArray *found)
{
	for (guint i = found->len; i-- > 0;)
		if (!is_wanted(found->pdata[i]))
			g_ptr_array_remove_index(found, i);
}

static bool answer(const struct ksig_context *context, ksig_table *table, GError **error)
{
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autoptr(ksig_store) store = catalog ? ksig_tree_store_open(context->workspace, error) : NULL;
	g_autoptr(ksig_revision) revision = store ? ksig_catalog_find_revision(catalog, revision_label, error)
						  : NULL;
	g_autoptr(GPtrArray) pools = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_upstream_pool_free);
	g_autoptr(GPtrArray)
		others = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_upstream_pool_free);
	struct search search = {
		.catalog = catalog, .store = store, .revision = revision, .pools = pools, .others = others};

	if (!revision || !find(&search, error))
		return false;
	g_autoptr(GPtrArray) found = search.found;
	narrow(found);
	for (guint i = 0; i < found->len; i++)
		add_row(table, found->pdata[i]);
	return !mbox ||
	       ksig_missing_write_mbox(catalog, store, found, search.lacks, &search.tree, mbox, error);
}

int ksig_command_missing(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	g_autoptr(ksig_table) table = ksig_table_new(table_columns, G_N_ELEMENTS(table_columns));

	if (!ksig_command_parse(
		    &argc, &argv, entries, "",
		    "Lists upstream commits that fix or revert a commit which the vendor carries, and "
		    "which the vendor does not carry; or compares with a longterm tree.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc > 1 || !(min_confidence >= 0 && min_confidence <= 1)) {
		ksig_error_set(
			error, KSIG_ERROR_USAGE,
			"options only expected, --min-confidence from 0 to 1 (see ksig missing --help)");
		return KSIG_ERROR_USAGE;
	}
	if (!ksig_selection_check_day("since", since, error))
		return KSIG_ERROR_USAGE;
	if (!ksig_table_select(table,
			       columns                      ? columns
			       : format != KSIG_FORMAT_TEXT ? NULL
			       : against                    ? against_columns
							    : text_columns,
			       error) ||
	    !answer(context, table, error))
		return KSIG_ERROR_ENVIRONMENT;
	return ksig_command_answer(table, format, error);
}
