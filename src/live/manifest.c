/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A manifest read: members that the client and the gates use, and which names are good for an id. It is
 * verified by trust, not here.
 */
#include "live/manifest.h"

#include <string.h>

void ksig_live_manifest_free(ksig_live_manifest *manifest)
{
	if (!manifest)
		return;
	ksig_trust_document_free(manifest->document);
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

static bool name_is_good(const char *name)
{
	return name && *name && name[0] != '.' && strlen(name) < 200 &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-")] ==
		       '\0';
}

bool ksig_live_id_is_good(const char *id)
{
	return name_is_good(id);
}

ksig_live_manifest *ksig_live_manifest_parse(const char *what, GBytes *data, GError **error)
{
	g_autoptr(ksig_live_manifest) manifest = g_new0(ksig_live_manifest, 1);
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	gsize length = 0;
	const char *text = g_bytes_get_data(data, &length);

	manifest->document = ksig_trust_document_parse(what, data, error);
	if (!manifest->document || !ksig_json_load(parser, text, (gssize) length, error))
		return NULL;
	JsonObject *object = json_node_get_object(json_parser_get_root(parser));
	manifest->module = g_strdup(ksig_json_string(object, "module"));
	manifest->module_build_id = g_strdup(ksig_json_string(object, "module_build_id"));
	manifest->release = g_strdup(ksig_json_string(object, "release"));
	manifest->cves = ksig_json_strings(object, "cves");
	manifest->unfixable = ksig_json_strings(object, "unfixable");
	manifest->fixed_by_kernel = ksig_json_strings(object, "fixed_by_kernel");
	manifest->functions = ksig_json_strings(object, "functions");
	manifest->force_allowed = ksig_json_flag(object, "force_allowed");
	manifest->id = g_strdup_printf("%s-%" G_GINT64_FORMAT, manifest->document->name,
				       manifest->document->revision);
	if (!name_is_good(manifest->document->name) || !name_is_good(manifest->module) ||
	    !manifest->document->build_id) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: name, module and build_id expected", what);
		return NULL;
	}
	return g_steal_pointer(&manifest);
}
