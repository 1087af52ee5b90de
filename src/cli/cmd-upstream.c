/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig upstream add, update, list and remove: reads pools so that their index is there, and keeps their names
 * in the catalog.
 */
#include "catalog/catalog.h"
#include "cli/cmd.h"
#include "upstream/pool.h"

static char *format_name;
static int n_jobs;

static const GOptionEntry entries[] = {
	{"jobs", 'j', 0, G_OPTION_ARG_INT, &n_jobs, "git processes that read upstreams (one a processor)",
	 "N"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column read_columns[] = {
	{"name", 0},
	{"candidates", KSIG_COLUMN_NUMBER},
	{"skipped", KSIG_COLUMN_NUMBER},
	{"upstream", KSIG_COLUMN_WIDE},
};

static const struct ksig_column list_columns[] = {{"name", 0}, {"upstream", KSIG_COLUMN_WIDE}};

/* A workspace that is written to: locked until cleared. */
typedef struct {
	ksig_store *store;
	ksig_lock *lock;
	ksig_catalog *catalog;
	ksig_table *table;
} upstream_session;

static void upstream_session_clear(upstream_session *session)
{
	ksig_table_free(session->table);
	ksig_catalog_free(session->catalog);
	ksig_lock_free(session->lock);
	ksig_tree_store_free(session->store);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(upstream_session, upstream_session_clear)

static bool session_open(const struct ksig_context *context, upstream_session *session, GError **error)
{
	session->store = ksig_tree_store_open(context->workspace, error);
	session->lock = session->store ? ksig_tree_workspace_lock(session->store, error) : NULL;
	session->catalog = session->lock ? ksig_catalog_open(context->workspace, true, error) : NULL;
	session->table = ksig_table_new(read_columns, G_N_ELEMENTS(read_columns));
	return session->catalog != NULL;
}

/* Reads the upstream, so that its index is there and up to date, and keeps its name. */
static bool read_upstream(upstream_session *session, const char *argument, GError **error)
{
	g_autoptr(ksig_pool)
		pool = ksig_upstream_pool_open(session->store, argument, (unsigned) MAX(n_jobs, 0), error);

	if (!pool)
		return false;
	const struct ksig_catalog_upstream upstream = {.name = pool->name, .argument = pool->argument};
	g_autofree char *candidates = g_strdup_printf("%u", pool->n_candidates);
	g_autofree char *skipped = g_strdup_printf("%u", pool->n_skipped);
	const char *const cells[] = {pool->name, candidates, skipped, pool->argument};
	ksig_table_add(session->table, cells);
	return ksig_catalog_put_upstream(session->catalog, &upstream, error);
}

static bool add(const struct ksig_context *context, char **arguments, enum ksig_format format, GError **error)
{
	g_auto(upstream_session) session = {0};

	if (!session_open(context, &session, error))
		return false;
	for (; *arguments; arguments++)
		if (!read_upstream(&session, *arguments, error))
			return false;
	ksig_table_print(session.table, format, stdout);
	return true;
}

static const struct ksig_catalog_upstream *find(const GPtrArray *known, const char *name, GError **error)
{
	for (guint i = 0; i < known->len; i++) {
		const struct ksig_catalog_upstream *upstream = known->pdata[i];
		if (g_str_equal(upstream->name, name))
			return upstream;
	}
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no such upstream (ksig upstream list shows them)",
		       name);
	return NULL;
}

static bool update(const struct ksig_context *context, char **names, enum ksig_format format, GError **error)
{
	g_auto(upstream_session) session = {0};

	if (!session_open(context, &session, error))
		return false;
	g_autoptr(GPtrArray) known = ksig_catalog_upstreams(session.catalog, error);
	if (!known)
		return false;
	for (guint i = 0; !*names && i < known->len; i++) {
		const struct ksig_catalog_upstream *upstream = known->pdata[i];
		if (!read_upstream(&session, upstream->argument, error))
			return false;
	}
	for (; *names; names++) {
		const struct ksig_catalog_upstream *upstream = find(known, *names, error);
		if (!upstream || !read_upstream(&session, upstream->argument, error))
			return false;
	}
	ksig_table_print(session.table, format, stdout);
	return true;
}

static bool forget(const struct ksig_context *context, char **names, enum ksig_format format, GError **error)
{
	g_auto(upstream_session) session = {0};

	(void) format;
	if (!session_open(context, &session, error))
		return false;
	for (; *names; names++)
		if (!ksig_catalog_remove_upstream(session.catalog, *names, error))
			return false;
	return true;
}

static bool list(const struct ksig_context *context, char **names, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_table) table = ksig_table_new(list_columns, G_N_ELEMENTS(list_columns));
	g_autoptr(ksig_catalog) catalog = ksig_catalog_open(context->workspace, false, error);
	g_autoptr(GPtrArray) known = catalog ? ksig_catalog_upstreams(catalog, error) : NULL;

	(void) names;
	if (!known)
		return false;
	for (guint i = 0; i < known->len; i++) {
		const struct ksig_catalog_upstream *upstream = known->pdata[i];
		const char *const cells[] = {upstream->name, upstream->argument};
		ksig_table_add(table, cells);
	}
	return ksig_command_answer(table, format, error) == 0;
}

static const struct {
	const char *name;
	int least, most; /* arguments */
	bool (*run)(const struct ksig_context *context, char **arguments, enum ksig_format format,
		    GError **error);
} verbs[] = {
	{"add", 1, G_MAXINT, add},
	{"update", 0, G_MAXINT, update},
	{"list", 0, 0, list},
	{"remove", 1, G_MAXINT, forget},
};

int ksig_command_upstream(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(&argc, &argv, entries, "add UPSTREAM… | update [NAME…] | list | remove NAME…",
				"The pools of candidate patches that the workspace knows: breakdown and "
				"missing use them.",
				error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++)
		if (g_str_equal(verbs[i].name, argv[1]) && argc - 2 >= verbs[i].least &&
		    argc - 2 <= verbs[i].most)
			return verbs[i].run(context, argv + 2, format, error) ? 0 : KSIG_ERROR_ENVIRONMENT;
	ksig_error_set(error, KSIG_ERROR_USAGE,
		       "add UPSTREAM, update, list or remove NAME expected (see ksig upstream --help)");
	return KSIG_ERROR_USAGE;
}
