/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON from outside: refused if it is nested deeper than 100 levels or has comments; a member of another type
 * than the one asked for counts as absent.
 */
#include "base/base.h"

#include <string.h>

enum { DEPTH_LIMIT = 100 };

/*
 * How deep the brackets of TEXT go, strings left out. Comments, which json-glib takes and JSON does not have,
 * could hide a quote from this and are refused.
 */
static bool measure_depth(const char *text, size_t length, unsigned *out_deepest, GError **error)
{
	unsigned depth = 0, deepest = 0;
	bool in_string = false;

	for (size_t i = 0; i < length; i++) {
		const char c = text[i];
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (in_string)
			continue;
		else if (c == '/' || c == '#' || c == '\'')
			return ksig_error_set(error, KSIG_ERROR_INPUT, "offset %zu: \"%c\" is not JSON", i,
					      c);
		else if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && depth > 0)
			depth--;
		deepest = MAX(deepest, depth);
	}
	*out_deepest = deepest;
	return true;
}

bool ksig_json_load(JsonParser *parser, const char *text, gssize length_bytes, GError **error)
{
	const size_t length = length_bytes < 0 ? strlen(text) : (size_t) length_bytes;
	unsigned depth = 0;

	if (!measure_depth(text, length, &depth, error))
		return false;
	if (depth > DEPTH_LIMIT)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "nested %u levels deep, at most %d expected",
				      depth, DEPTH_LIMIT);
	return json_parser_load_from_data(parser, text, (gssize) length, error);
}

static JsonNode *member(JsonObject *object, const char *name, GType type)
{
	JsonNode *node = object ? json_object_get_member(object, name) : NULL;

	return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type ? node : NULL;
}

const char *ksig_json_string(JsonObject *object, const char *name)
{
	JsonNode *node = member(object, name, G_TYPE_STRING);

	return node ? json_node_get_string(node) : NULL;
}

gint64 ksig_json_integer(JsonObject *object, const char *name, gint64 fallback)
{
	JsonNode *node = member(object, name, G_TYPE_INT64);

	return node ? json_node_get_int(node) : fallback;
}

bool ksig_json_flag(JsonObject *object, const char *name)
{
	JsonNode *node = member(object, name, G_TYPE_BOOLEAN);

	return node && json_node_get_boolean(node);
}

JsonArray *ksig_json_array(JsonObject *object, const char *name)
{
	JsonNode *node = object ? json_object_get_member(object, name) : NULL;

	return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

JsonObject *ksig_json_object(JsonObject *object, const char *name)
{
	JsonNode *node = object ? json_object_get_member(object, name) : NULL;

	return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

char **ksig_json_strings(JsonObject *object, const char *name)
{
	JsonArray *array = ksig_json_array(object, name);
	const guint length = array ? json_array_get_length(array) : 0;
	GPtrArray *strings = g_ptr_array_new();

	for (guint i = 0; i < length; i++) {
		JsonNode *node = json_array_get_element(array, i);
		if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
			g_ptr_array_add(strings, json_node_dup_string(node));
	}
	g_ptr_array_add(strings, NULL);
	return (char **) g_ptr_array_free(strings, FALSE);
}
