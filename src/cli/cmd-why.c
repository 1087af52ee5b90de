/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig why PATH[:LINE[-LINE]]: owners of lines, one row a stretch; and which patches touch a --function,
 * --symbol or --config.
 */
#include "cli/cmd-show.h"
#include "cli/cmd.h"

#include "history/history.h"

static char *format_name;
static char *revision_label;
static struct ksig_filter filter;

static const GOptionEntry entries[] = {
	{"revision", 'r', 0, G_OPTION_ARG_STRING, &revision_label, "at revision R (the last one)", "R"},
	{"function", 0, 0, G_OPTION_ARG_STRING, &filter.function, "which patches change the function",
	 "NAME"},
	{"symbol", 0, 0, G_OPTION_ARG_STRING, &filter.symbol, "which ones define or export the symbol",
	 "NAME"},
	{"config", 0, 0, G_OPTION_ARG_STRING, &filter.config, "which ones concern the option", "CONFIG_X"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"line", 0},
	{"count", KSIG_COLUMN_NUMBER},
	{"number", KSIG_COLUMN_NUMBER},
	{"revision", 0},
	{"kind", 0},
	{"confidence", KSIG_COLUMN_NUMBER},
	{"source", 0},
	{"upstream", 0},
	{"subject", KSIG_COLUMN_WIDE},
};

struct question {
	ksig_catalog *catalog;
	ksig_store *store;
	const ksig_revision *revision;
	ksig_table *table;
	const char *path;
	const char *base_path; /* its name in the base */
	uint32_t line;         /* from 1; 0: the whole file */
	uint32_t last;
};

static void add_patch_row(ksig_table *table, const char *line, const char *count,
			  const struct ksig_patch *patch)
{
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, patch->id);
	char confidence[KSIG_SHARE_BYTES];
	const char *const cells[] = {
		line,
		count,
		number,
		patch->revision,
		ksig_catalog_patch_kind_name(patch->kind),
		ksig_share(confidence, patch->confidence),
		patch->source,
		patch->upstream,
		patch->subject,
	};

	ksig_table_add(table, cells);
}

/* A line of the base: its upstream commit, if its history is at hand. */
static bool add_base_row(struct question *question, const char *where, const char *count,
			 const struct ksig_line_owner *owner, GError **error)
{
	g_autoptr(GPtrArray) revisions = ksig_catalog_revisions(question->catalog, error);
	g_autoptr(GError) reason = NULL;

	if (!revisions)
		return false;
	const struct ksig_revision *base = revisions->pdata[0];
	g_autofree char *commit = question->line > 0 && question->line == question->last
					  ? ksig_history_owners_base_commit(question->store, base,
									    question->base_path,
									    owner->base_line, &reason)
					  : NULL;
	if (reason)
		ksig_print(stderr, "ksig: %s\n", reason->message);
	if (commit)
		commit[GIT_OID_HEXSZ] = '\0';
	const char *const cells[] = {
		where,       count,  NULL,
		base->label, "base", NULL,
		NULL,        commit, commit ? commit + GIT_OID_HEXSZ + 1 : "as in the base"};
	ksig_table_add(question->table, cells);
	return true;
}

static bool add_owner_row(struct question *question, const char *where, const char *count,
			  const struct ksig_line_owner *owner, GError **error)
{
	if (!owner->step)
		return add_base_row(question, where, count, owner, error);
	g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, owner->step->patch_id);
	g_autoptr(ksig_patch) patch = ksig_catalog_find_patch(question->catalog, number, error);
	if (patch)
		add_patch_row(question->table, where, count, patch);
	return patch != NULL;
}

static bool answer_line(struct question *question, const struct ksig_owners *owners, GError **error)
{
	g_autofree char *where = g_strdup_printf("%u", question->line);

	return add_owner_row(question, where, "1",
			     &g_array_index(owners->owners, struct ksig_line_owner, question->line - 1),
			     error);
}

/* The whole file or some lines of it, a row a stretch of lines with one owner. */
static bool answer_file(struct question *question, const struct ksig_owners *owners, GError **error)
{
	const struct ksig_line_owner *all = (const void *) owners->owners->data;
	const guint n = question->last > 0 ? MIN(question->last, owners->owners->len) : owners->owners->len;
	const guint begin = question->line > 0 ? question->line - 1 : 0;

	for (guint first = begin, end = begin; first < n; first = end) {
		for (end = first + 1; end < n && all[end].step == all[first].step; end++)
			;
		g_autofree char *where = g_strdup_printf("%u-%u", first + 1, end);
		g_autofree char *count = g_strdup_printf("%u", end - first);
		if (!add_owner_row(question, where, count, &all[first], error))
			return false;
	}
	return true;
}

static bool answer_path(struct question *question, GError **error)
{
	g_autoptr(ksig_owners) owners = ksig_history_owners_load(question->catalog, question->store,
								 question->revision, question->path, error);

	if (!owners)
		return false;
	question->base_path = owners->base_path;
	if (question->line > owners->owners->len)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no line %u; it has %u in %s",
				      question->path, question->line, owners->owners->len,
				      question->revision->label);
	return question->line > 0 && question->line == question->last ? answer_line(question, owners, error)
								      : answer_file(question, owners, error);
}

static bool add_found(struct ksig_patch *patch, gpointer data, GError **error)
{
	(void) error;
	add_patch_row(data, NULL, NULL, patch);
	return true;
}

static bool answer_name(struct question *question, GError **error)
{
	const char *kind = filter.function ? "function" : filter.symbol ? "symbol" : "config";
	const char *name = filter.function ? filter.function : filter.symbol ? filter.symbol : filter.config;

	unsigned absent = 0;

	filter.at = question->revision->label;
	if (!ksig_history_names_update(question->catalog, question->store, &absent, error) ||
	    !ksig_catalog_each_patch(question->catalog, &filter, add_found, question->table, error))
		return false;
	if (absent > 0)
		ksig_print(stderr,
			   "ksig: %u files could not be looked into: no repository has their content\n",
			   absent);
	if (ksig_table_rows(question->table) > 0)
		return true;
	g_autofree char *nearest = ksig_catalog_nearest_name(question->catalog, kind, name);
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no patch of %s touches a %s of this name%s%s",
			      name, question->revision->label, kind, nearest ? "; the nearest is " : "",
			      nearest ? nearest : "");
}

static int why(const struct ksig_context *context, const char *place, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autoptr(ksig_store) store = catalog ? ksig_tree_store_open(context->workspace, error) : NULL;
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	g_autoptr(ksig_revision) revision = store ? ksig_catalog_find_revision(catalog, revision_label, error)
						  : NULL;
	g_autofree char *path = NULL;
	struct question question = {.catalog = catalog, .store = store, .revision = revision, .table = table};

	ksig_history_place_parse(place ? place : "", &path, &question.line, &question.last);
	question.path = path;
	const bool answered = revision &&
			      (place ? answer_path(&question, error) : answer_name(&question, error));
	if (answered)
		ksig_table_print(table, format, stdout);
	return answered ? 0 : KSIG_ERROR_ENVIRONMENT;
}

/* "Why is this commit here?" is answered as ksig show answers it; what is none is a path. */
static int why_commit(const struct ksig_context *context, const char *word, enum ksig_format format,
		      GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);

	if (!catalog)
		return KSIG_ERROR_ENVIRONMENT;
	const int status = ksig_show_named(context, catalog, word, format, &reason);
	if (reason && g_error_matches(reason, KSIG_ERROR, KSIG_ERROR_NEGATIVE) &&
	    why(context, word, format, NULL) == 0)
		return 0;
	if (reason)
		g_propagate_error(error, g_steal_pointer(&reason));
	return status;
}

int ksig_command_why(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(&argc, &argv, entries, "PATH[:LINE[-LINE]] | COMMIT",
				"Says which patch owns a line, a file, a function, a symbol or an option, or "
				"is a commit.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	const int asked = (argc > 1) + !!filter.function + !!filter.symbol + !!filter.config;
	if (argc > 2 || asked != 1) {
		ksig_error_set(
			error, KSIG_ERROR_USAGE,
			"one of PATH[:LINE[-LINE]], COMMIT, --function, --symbol and --config expected");
		return KSIG_ERROR_USAGE;
	}
	if (argc > 1 && ksig_show_may_be_id(argv[1])) /* or a file of the tree that is called so */
		return why_commit(context, argv[1], format, error);
	return why(context, argc > 1 ? argv[1] : NULL, format, error);
}
