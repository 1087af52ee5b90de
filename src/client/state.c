/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state.json (the patch applied, on trial, in quarantine, what was seen) and history.jsonl, which turns over
 * once it is full.
 */
#include "client/state-internal.h"
#include "client/client-internal.h"
#include "client/store-internal.h"
#include "live/manifest.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void client_state_clear(struct client_state *state)
{
	g_free(state->current);
	g_free(state->previous);
	g_free(state->trial);
	g_free(state->trial_boot);
	g_free(state->forced_boot);
	g_clear_pointer(&state->seen, g_hash_table_unref);
	g_clear_pointer(&state->failed, g_hash_table_unref);
	g_clear_pointer(&state->modules, g_hash_table_unref);
	g_clear_pointer(&state->quarantine, g_hash_table_unref);
}

static void take_table(JsonObject *object, const char *name, GHashTable *table, bool numbers)
{
	JsonObject *inner = ksig_json_object(object, name);
	g_autoptr(GList) names = inner ? json_object_get_members(inner) : NULL;

	for (GList *item = names; item; item = item->next) {
		const char *key = item->data, *string = ksig_json_string(inner, key);
		const gint64 number = ksig_json_integer(inner, key, -1);
		if (numbers && number >= 0)
			g_hash_table_insert(table, g_strdup(key), g_memdup2(&number, sizeof(number)));
		else if (!numbers && string)
			g_hash_table_insert(table, g_strdup(key), g_strdup(string));
	}
}

static void fill(struct client_state *state, JsonObject *object)
{
	state->current = g_strdup(ksig_json_string(object, "current"));
	state->previous = g_strdup(ksig_json_string(object, "previous"));
	state->trial = g_strdup(ksig_json_string(object, "trial"));
	state->trial_boot = g_strdup(ksig_json_string(object, "trial_boot"));
	state->forced_boot = g_strdup(ksig_json_string(object, "forced_boot"));
	state->loading = ksig_json_flag(object, "loading");
	state->stopped = ksig_json_flag(object, "stopped");
	state->trial_since = ksig_json_integer(object, "trial_since", 0);
	state->trial_taint = ksig_json_integer(object, "trial_taint", 0);
	take_table(object, "seen", state->seen, true);
	take_table(object, "quarantine", state->quarantine, false);
	take_table(object, "failed", state->failed, false);
	take_table(object, "modules", state->modules, false);
}

bool client_state_parse(struct client_state *state, const char *what, const char *text, gssize length,
			GError **error)
{
	g_autoptr(JsonParser) parser = json_parser_new();

	state->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	state->quarantine = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	state->failed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	state->modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	if (!text)
		return true;
	JsonNode *root = ksig_json_load(parser, text, length, NULL) ? json_parser_get_root(parser) : NULL;
	if (!root || !JSON_NODE_HOLDS_OBJECT(root))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a JSON object expected", what);
	fill(state, json_node_get_object(root));
	return true;
}

bool client_state_load(ksig_client *client, GError **error)
{
	g_autofree char *path = client_path(client, "state.json", NULL);
	const bool there = g_file_test(path, G_FILE_TEST_EXISTS);
	g_autofree char *text = there ? ksig_file_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL, error) : NULL;

	return (text || !there) && client_state_parse(&client->state, path, text, -1, error);
}

static void put_text(JsonObject *object, const char *name, const char *value)
{
	if (value)
		json_object_set_string_member(object, name, value);
}

static JsonObject *table_object(GHashTable *table, bool numbers)
{
	JsonObject *object = json_object_new();
	GHashTableIter iterator;
	gpointer key, value;

	g_hash_table_iter_init(&iterator, table);
	while (g_hash_table_iter_next(&iterator, &key, &value)) {
		if (numbers)
			json_object_set_int_member(object, key, *(gint64 *) value);
		else
			json_object_set_string_member(object, key, value);
	}
	return object;
}

bool client_state_save(ksig_client *client, GError **error)
{
	const struct client_state *state = &client->state;
	g_autofree char *path = client_path(client, "state.json", NULL);
	g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
	JsonObject *object = json_object_new();

	json_node_take_object(root, object);
	put_text(object, "current", state->current);
	put_text(object, "previous", state->previous);
	put_text(object, "trial", state->trial);
	put_text(object, "trial_boot", state->trial_boot);
	put_text(object, "forced_boot", state->forced_boot);
	json_object_set_boolean_member(object, "loading", state->loading);
	json_object_set_boolean_member(object, "stopped", state->stopped);
	json_object_set_int_member(object, "trial_since", state->trial_since);
	json_object_set_int_member(object, "trial_taint", state->trial_taint);
	json_object_set_object_member(object, "seen", table_object(state->seen, true));
	json_object_set_object_member(object, "quarantine", table_object(state->quarantine, false));
	json_object_set_object_member(object, "failed", table_object(state->failed, false));
	json_object_set_object_member(object, "modules", table_object(state->modules, false));
	g_autofree char *text = json_to_string(root, TRUE);
	return ksig_file_write(path, text, -1, 0644, error);
}

gint64 client_seen(const ksig_client *client, const char *kind, const char *name)
{
	g_autofree char *key = g_strdup_printf("%s %s", kind, name);
	const gint64 *value = g_hash_table_lookup(client->state.seen, key);

	return value ? *value : 0;
}

void client_see(ksig_client *client, const char *kind, const char *name, gint64 revision)
{
	if (revision > client_seen(client, kind, name))
		g_hash_table_replace(client->state.seen, g_strdup_printf("%s %s", kind, name),
				     g_memdup2(&revision, sizeof(revision)));
}

/* A timer writes for years: what is full makes way for a new one, and the one before that goes. */
static void turn_over(const char *path)
{
	g_autofree char *older = g_strconcat(path, ".1", NULL);
	struct stat file;

	if (stat(path, &file) == 0 && file.st_size >= CLIENT_LIMIT_HISTORY_BYTES)
		g_rename(path, older);
}

void client_record(ksig_client *client, const char *what, const char *id, const char *detail)
{
	g_autofree char *path = client_path(client, "history.jsonl", NULL);
	g_autoptr(JsonNode) root = json_node_new(JSON_NODE_OBJECT);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
	JsonObject *object = json_object_new();

	json_node_take_object(root, object);
	put_text(object, "time", time);
	put_text(object, "what", what);
	put_text(object, "patch", id);
	put_text(object, "detail", detail);
	g_autofree char *line = json_to_string(root, FALSE);
	turn_over(path);
	FILE *file = fopen(path, "ae");
	if (!file)
		return;
	fprintf(file, "%s\n", line);
	fclose(file);
}

char *ksig_client_history(ksig_client *client, GError **error)
{
	static const char *const names[] = {"history.jsonl.1", "history.jsonl"};
	g_autoptr(GString) all = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = client_path(client, names[i], NULL);
		g_autofree char *text = g_file_test(path, G_FILE_TEST_EXISTS)
						? ksig_file_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL,
								 error)
						: g_strdup("");
		if (!text)
			return NULL;
		g_string_append(all, text);
	}
	return g_string_free(g_steal_pointer(&all), FALSE);
}
