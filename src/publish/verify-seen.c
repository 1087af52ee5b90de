/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was seen of a repository before: it has not become older since, and nothing has vanished. */
#include "publish/verify-seen-internal.h"

#include <json-glib/json-glib.h>

enum { SEEN_LIMIT_BYTES = 256 << 20 };

/* Whether SEEN is what write_seen() wrote: what is half understood would let an older state pass. */
static bool seen_is_good(JsonObject *seen)
{
	JsonNode *revision = json_object_get_member(seen, "revision"),
		 *names = json_object_get_member(seen, "names");

	if (!revision || json_node_get_value_type(revision) != G_TYPE_INT64 ||
	    json_node_get_int(revision) < 0 || !names || !JSON_NODE_HOLDS_ARRAY(names))
		return false;
	JsonArray *array = json_node_get_array(names);
	for (guint i = 0; i < json_array_get_length(array); i++)
		if (json_node_get_value_type(json_array_get_element(array, i)) != G_TYPE_STRING)
			return false;
	return true;
}

static void compare_seen(struct repo_verify *verify, JsonObject *seen)
{
	const gint64 revision = json_object_get_int_member(seen, "revision");
	JsonArray *array = json_object_get_array_member(seen, "names");

	if (verify->revision < revision) {
		g_autofree char *message = g_strdup_printf("revision %" G_GINT64_FORMAT
							   ", but %" G_GINT64_FORMAT " was seen before",
							   verify->revision, revision);
		repo_finding(verify->findings, false, "age", verify->options->location, message);
	}
	for (guint i = 0; i < json_array_get_length(array); i++) {
		const char *name = json_array_get_string_element(array, i);
		if (name && !g_hash_table_contains(verify->names, name))
			repo_finding(verify->findings, false, "vanished", name,
				     "was here before, in any version, and is not now");
	}
}

static bool write_seen(const struct repo_verify *verify, GError **error)
{
	g_autoptr(JsonObject) object = json_object_new();
	GList *names = g_list_sort(g_hash_table_get_keys(verify->names), (GCompareFunc) strcmp);
	JsonArray *array = json_array_new();

	for (GList *name = names; name; name = name->next)
		json_array_add_string_element(array, name->data);
	g_list_free(names);
	json_object_set_int_member(object, "revision", verify->revision);
	json_object_set_array_member(object, "names", array);
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);
	g_autofree char *text = json_to_string(node, FALSE);
	return ksig_file_write(verify->options->seen, text, -1, 0644, error);
}

bool repo_has_bad(GPtrArray *findings)
{
	for (guint i = 0; findings && i < findings->len; i++)
		if (!((const struct ksig_repo_finding *) findings->pdata[i])->good)
			return true;
	return false;
}

bool repo_remember(struct repo_verify *verify, GError **error)
{
	const char *path = verify->options->seen;
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) reason = NULL;

	if (!path)
		return true;
	if (g_file_test(path, G_FILE_TEST_EXISTS)) {
		gsize length_bytes = 0;
		g_autofree char *text = ksig_file_read(path, SEEN_LIMIT_BYTES, &length_bytes, error);
		if (!text)
			return false;
		if (!ksig_json_load(parser, text, (gssize) length_bytes, &reason) ||
		    !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)) ||
		    !seen_is_good(json_node_get_object(json_parser_get_root(parser))))
			return ksig_error_set(
				error, KSIG_ERROR_INPUT,
				"%s: not what ksig wrote there, so that nothing can be told to be older; "
				"remove it to begin anew",
				path);
		compare_seen(verify, json_node_get_object(json_parser_get_root(parser)));
	}
	return repo_has_bad(verify->findings) ? true : write_seen(verify, error);
}
