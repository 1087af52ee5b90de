/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.json, the plan of steps not done for new items, what became of them, and the status page. Kinds of
 * sources, and what is new in one, are in sources.c.
 */
#include "watch/watch-internal.h"
#include "watch/sources-internal.h"

#include <json-glib/json-glib.h>
#include <string.h>

enum { CONFIG_LIMIT_BYTES = 4 << 20 };

static void free_step(gpointer data)
{
	struct watch_step *step = data;

	g_free(step->name);
	g_strfreev(step->argv);
	g_free(step);
}

static void free_source(gpointer data)
{
	struct watch_source *source = data;

	g_free(source->name);
	g_free(source->kind);
	g_free(source->location);
	g_strfreev(source->patterns);
	g_strfreev(source->keys);
	g_ptr_array_unref(source->steps);
	g_free(source);
}

void ksig_watch_free(ksig_watch *watch)
{
	if (!watch)
		return;
	g_ptr_array_unref(watch->sources);
	g_hash_table_unref(watch->jobs);
	g_free(watch);
}

/* ---- the configuration --------------------------------------------------------------------------- */

/* NULL: none. */
static char **strings_or_null(JsonObject *object, const char *name)
{
	char **strings = ksig_json_strings(object, name);

	return *strings ? strings : (g_strfreev(strings), NULL);
}

/* A member that nobody reads is a word mistaken; a source or step of a name that was there is another's
 * state. */
static bool check_members(JsonObject *object, const char *const *known, const char *what, GError **error)
{
	g_autoptr(GList) members = json_object_get_members(object);

	for (const GList *member = members; member; member = member->next)
		if (!g_strv_contains(known, member->data))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: no such member", what,
					      (const char *) member->data);
	return true;
}

static bool add_name(GHashTable *names, const char *what, const char *name, GError **error)
{
	return g_hash_table_add(names, g_strdup(name)) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s %s: it is there twice", what, name);
}

static bool read_step(struct watch_source *source, JsonNode *node, GHashTable *names, GError **error)
{
	JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	struct watch_step *step = g_new0(struct watch_step, 1);

	g_ptr_array_add(source->steps, step);
	step->name = g_strdup(ksig_json_string(object, "name"));
	step->argv = strings_or_null(object, "argv");
	if (!step->name || !*step->name || !step->argv)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "source %s: a step with a name and argv expected", source->name);
	static const char *const known[] = {"name", "argv", NULL};
	g_autofree char *what = g_strdup_printf("source %s: step %s", source->name, step->name);
	g_autofree char *kind = g_strdup_printf("source %s: step", source->name);
	return check_members(object, known, what, error) && add_name(names, kind, step->name, error);
}

static bool read_source(ksig_watch *watch, JsonNode *node, GHashTable *names, GError **error)
{
	JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	struct watch_source *source = g_new0(struct watch_source, 1);
	JsonArray *steps = ksig_json_array(object, "steps");

	source->steps = g_ptr_array_new_with_free_func(free_step);
	g_ptr_array_add(watch->sources, source);
	if (!object)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "sources: objects expected");
	source->name = g_strdup(ksig_json_string(object, "name"));
	source->kind = g_strdup(ksig_json_string(object, "kind"));
	source->location = g_strdup(ksig_json_string(object, "location"));
	source->patterns = strings_or_null(object, "patterns");
	source->keys = strings_or_null(object, "keys");
	if (!source->name || !*source->name || !source->kind || !source->location || *source->location == '-')
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "a source with a name, a kind and a location expected");
	if (!watch_kind_is_known(source->kind))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "source %s: kind %s: repository, releases or git expected",
				      source->name, source->kind);
	static const char *const known[] = {"name", "kind", "location", "patterns", "keys", "steps", NULL};
	g_autofree char *what = g_strdup_printf("source %s", source->name);
	if (!check_members(object, known, what, error) || !add_name(names, "source", source->name, error))
		return false;
	if (source->keys && !g_str_equal(source->kind, "repository"))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: keys: of a repository, whose metadata they verify", what);
	g_autoptr(GHashTable) step_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; steps && i < json_array_get_length(steps); i++)
		if (!read_step(source, json_array_get_element(steps, i), step_names, error))
			return false;
	return true;
}

static bool read_config(ksig_watch *watch, JsonNode *root, GError **error)
{
	JsonArray *sources = root && JSON_NODE_HOLDS_OBJECT(root)
				     ? ksig_json_array(json_node_get_object(root), "sources")
				     : NULL;

	if (!sources)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "an object with sources expected");
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < json_array_get_length(sources); i++)
		if (!read_source(watch, json_array_get_element(sources, i), names, error))
			return false;
	return true;
}

ksig_watch *ksig_watch_load(const char *path, GError **error)
{
	g_autoptr(ksig_watch) watch = g_new0(ksig_watch, 1);
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) reason = NULL;
	gsize length_bytes = 0;

	watch->sources = g_ptr_array_new_with_free_func(free_source);
	watch->jobs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					    (GDestroyNotify) ksig_catalog_news_free);
	g_autofree char *text = ksig_file_read(path, CONFIG_LIMIT_BYTES, &length_bytes, error);
	if (!text)
		return NULL;
	if (!ksig_json_load(parser, text, (gssize) length_bytes, &reason)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, reason->message);
		return NULL;
	}
	if (!read_config(watch, json_parser_get_root(parser), error)) {
		g_prefix_error(error, "%s: ", path);
		return NULL;
	}
	return g_steal_pointer(&watch);
}

/* ---- the plan ------------------------------------------------------------------------------------ */

static GHashTable *states_of(ksig_catalog *catalog, const struct watch_source *source, GPtrArray **out_news,
			     GError **error)
{
	GHashTable *states = NULL;

	*out_news = ksig_catalog_news(catalog, source->name, error);
	if (!*out_news)
		return NULL;
	states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < (*out_news)->len; i++) {
		const struct ksig_news *row = g_ptr_array_index(*out_news, i);
		g_hash_table_insert(states, g_strdup_printf("%s\n%s", row->item, row->step), row->state);
	}
	return states;
}

static bool is_done(GHashTable *states, const char *item, const char *step)
{
	g_autofree char *key = g_strdup_printf("%s\n%s", item, step);

	return g_strcmp0(g_hash_table_lookup(states, key), "done") == 0;
}

static char **fill_in(const struct watch_source *source, const struct ksig_news *row, char **argv)
{
	char **filled = g_strdupv(argv);

	for (char **word = filled; *word; word++) {
		GString *text = g_string_new(*word);
		g_string_replace(text, "${item}", row->item, 0);
		g_string_replace(text, "${value}", row->value, 0);
		g_string_replace(text, "${location}", source->location, 0);
		g_free(*word);
		*word = g_string_free(text, FALSE);
	}
	return filled;
}

/* A name that a plan takes, and that no other item and step has. */
static char *job_name(const struct watch_source *source, const struct ksig_news *row, const char *step)
{
	g_autofree char *all = g_strdup_printf("%s\n%s\n%s\n%s", source->name, row->item, row->value, step);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
	g_autofree char *text = g_strdup_printf("%.60s-%.60s", step, row->item);

	g_strcanon(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-", '_');
	return g_strdup_printf("w.%s.%.10s", text, sum);
}

static void plan_item(ksig_watch *watch, ksig_plan *plan, const struct watch_source *source,
		      const struct ksig_news *row, GHashTable *states)
{
	g_autofree char *before = NULL;

	for (guint i = 0; i < source->steps->len; i++) {
		const struct watch_step *step = g_ptr_array_index(source->steps, i);
		if (is_done(states, row->item, step->name))
			continue;
		g_autofree char *name = job_name(source, row, step->name);
		g_autofree char *mark = g_strdup_printf("KSIG_WATCH_VALUE=%s", row->value);
		struct ksig_job *job = ksig_engine_plan_add(plan, name);
		struct ksig_news *about = g_new0(struct ksig_news, 1);
		job->argv = fill_in(source, row, step->argv);
		/* The value is part of the job's hash, so that a changed item is done again. */
		job->environment = g_strsplit(mark, "\n", 1);
		job->needs = before ? g_strsplit(before, "\n", 0) : NULL;
		about->source = g_strdup(source->name);
		about->item = g_strdup(row->item);
		about->value = g_strdup(row->value);
		about->step = g_strdup(step->name);
		g_hash_table_insert(watch->jobs, g_strdup(name), about);
		g_free(before);
		before = g_steal_pointer(&name);
	}
}

static bool plan_source(ksig_watch *watch, ksig_catalog *catalog, const struct watch_source *source,
			ksig_plan *plan, GError **error)
{
	g_autoptr(GPtrArray) news = NULL;
	g_autoptr(GHashTable) states = states_of(catalog, source, &news, error);

	for (guint i = 0; states && i < news->len; i++) {
		const struct ksig_news *row = g_ptr_array_index(news, i);
		if (*row->step == '\0' && g_str_equal(row->state, "new"))
			plan_item(watch, plan, source, row, states);
	}
	return states != NULL;
}

ksig_plan *ksig_watch_plan(ksig_watch *watch, ksig_catalog *catalog, GError **error)
{
	g_autoptr(ksig_plan) plan = ksig_engine_plan_new("watch");

	g_hash_table_remove_all(watch->jobs);
	for (guint i = 0; i < watch->sources->len; i++)
		if (!plan_source(watch, catalog, g_ptr_array_index(watch->sources, i), plan, error))
			return NULL;
	return ksig_engine_plan_seal(plan, error) ? g_steal_pointer(&plan) : NULL;
}

/* ---- what became of it --------------------------------------------------------------------------- */

static const struct watch_source *source_of(const ksig_watch *watch, const char *name)
{
	for (guint i = 0; i < watch->sources->len; i++) {
		const struct watch_source *source = g_ptr_array_index(watch->sources, i);
		if (g_str_equal(source->name, name))
			return source;
	}
	return NULL;
}

/* An item all of whose steps are done is done itself. */
static bool finish_item(ksig_watch *watch, ksig_catalog *catalog, const struct ksig_news *about,
			GError **error)
{
	const struct watch_source *source = source_of(watch, about->source);
	g_autoptr(GPtrArray) news = NULL;
	g_autoptr(GHashTable) states = states_of(catalog, source, &news, error);

	if (!states)
		return false;
	for (guint i = 0; i < source->steps->len; i++)
		if (!is_done(states, about->item, ((struct watch_step *) source->steps->pdata[i])->name))
			return true;
	const struct ksig_news row = {.source = about->source,
				      .item = about->item,
				      .value = about->value,
				      .step = (char *) "",
				      .state = (char *) "done"};
	return ksig_catalog_put_news(catalog, &row, error);
}

bool ksig_watch_record(ksig_watch *watch, ksig_catalog *catalog, const struct ksig_job *job,
		       enum ksig_job_state state, const char *message, GError **error)
{
	const struct ksig_news *about = g_hash_table_lookup(watch->jobs, job->name);

	if (!about)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a job of this watch", job->name);
	struct ksig_news row = *about;
	row.state = (char *) ksig_engine_job_state_name(state);
	row.message = (char *) message;
	if (!ksig_catalog_put_news(catalog, &row, error))
		return false;
	return state == KSIG_JOB_DONE ? finish_item(watch, catalog, about, error) : true;
}

/* ---- a page -------------------------------------------------------------------------------------- */

char *ksig_watch_page(GPtrArray *news)
{
	GString *html = g_string_new(
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Status</title>"
		"</head>\n<body><h1>Status</h1>\n<table>\n<tr><th>source<th>item<th>step<th>state"
		"<th>changed<th>message</tr>\n");

	for (guint i = 0; i < news->len; i++) {
		const struct ksig_news *row = g_ptr_array_index(news, i);
		if (g_str_equal(row->state, "known"))
			continue;
		g_autofree char *line = g_markup_printf_escaped(
			"<tr><td>%s<td>%s<td>%s<td>%s<td>%s<td>%s</tr>\n", row->source, row->item, row->step,
			row->state, row->changed, row->message ? row->message : "");
		g_string_append(html, line);
	}
	g_string_append(html, "</table></body></html>\n");
	char *shown = ksig_shown(html->str, (gssize) html->len);
	g_string_free(html, TRUE);
	return shown;
}
