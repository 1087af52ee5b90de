/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/client-internal.h"

#include <string.h>

void ksig_live_manifest_free(ksig_live_manifest *manifest)
{
	if (!manifest)
		return;
	ksig_document_free(manifest->document);
	g_free(manifest->id);
	g_free(manifest->module);
	g_free(manifest->module_build_id);
	g_free(manifest->release);
	g_strfreev(manifest->cves);
	g_strfreev(manifest->unfixable);
	g_strfreev(manifest->fixed_by_kernel);
	g_strfreev(manifest->functions);
	g_free(manifest);
}

static char *text_member(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);

	return node && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_dup_string(node) : NULL;
}

static char **list_member(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	JsonArray *array = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

	for (guint i = 0; array && i < json_array_get_length(array); i++) {
		JsonNode *element = json_array_get_element(array, i);
		if (json_node_get_value_type(element) == G_TYPE_STRING)
			g_ptr_array_add(list, json_node_dup_string(element));
	}
	g_ptr_array_add(list, NULL);
	return (char **) g_ptr_array_free(g_steal_pointer(&list), FALSE);
}

static bool name_is_good(const char *name)
{
	return name && *name && name[0] != '.' && strlen(name) < 200 &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-")] ==
		       '\0';
}

bool client_id_is_good(const char *id)
{
	return name_is_good(id);
}

ksig_live_manifest *ksig_live_manifest_parse(const char *what, GBytes *data, GError **error)
{
	g_autoptr(ksig_live_manifest) manifest = g_new0(ksig_live_manifest, 1);
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	gsize length = 0;
	const char *text = g_bytes_get_data(data, &length);

	manifest->document = ksig_document_parse(what, data, error);
	if (!manifest->document || !ksig_json_load(parser, text, (gssize) length, error))
		return NULL;
	JsonObject *object = json_node_get_object(json_parser_get_root(parser));
	manifest->module = text_member(object, "module");
	manifest->module_build_id = text_member(object, "module_build_id");
	manifest->release = text_member(object, "release");
	manifest->cves = list_member(object, "cves");
	manifest->unfixable = list_member(object, "unfixable");
	manifest->fixed_by_kernel = list_member(object, "fixed_by_kernel");
	manifest->functions = list_member(object, "functions");
	JsonNode *force = json_object_get_member(object, "force_allowed");
	manifest->force_allowed = force && json_node_get_value_type(force) == G_TYPE_BOOLEAN &&
				  json_node_get_boolean(force);
	manifest->id = g_strdup_printf("%s-%" G_GINT64_FORMAT, manifest->document->name,
				       manifest->document->revision);
	if (!name_is_good(manifest->document->name) || !name_is_good(manifest->module) ||
	    !manifest->document->build_id) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: name, module and build_id expected", what);
		return NULL;
	}
	return g_steal_pointer(&manifest);
}
