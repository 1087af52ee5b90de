/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signed result of the release gate, beside the manifest: test.json says of exactly one module, by its
 * digest, that it was loaded, replaced, held up, reversed and rolled back on exactly its kernel.
 */
#include "live/client-internal.h"

#include <string.h>

/* RESULT is about the module that MANIFEST is about, and all that was run went well. */
static bool fits(const ksig_document *result, GBytes *bytes, const ksig_live_manifest *manifest)
{
	const ksig_document *of = manifest->document;
	const char *tested = g_hash_table_lookup(result->files, "module.ko");
	const char *module = g_hash_table_lookup(of->files, "module.ko");
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	gsize length = 0;
	const char *text = g_bytes_get_data(bytes, &length);

	if (!g_str_equal(result->name, of->name) || result->revision != of->revision ||
	    g_strcmp0(result->build_id, of->build_id) != 0 || !tested || g_strcmp0(tested, module) != 0 ||
	    !ksig_json_load(parser, text, (gssize) length, NULL))
		return false;
	JsonNode *verdict = json_object_get_member(json_node_get_object(json_parser_get_root(parser)),
						   "verdict");
	return verdict && json_node_get_value_type(verdict) == G_TYPE_STRING &&
	       g_strcmp0(json_node_get_string(verdict), "passed") == 0;
}

bool client_test_fits(const char *what, GBytes *bytes, const ksig_live_manifest *manifest)
{
	g_autoptr(ksig_document) result = ksig_document_parse(what, bytes, NULL);

	return result && g_str_equal(result->kind, "livepatch-test") && fits(result, bytes, manifest);
}

bool client_is_tested(ksig_live_client *client, const ksig_live_manifest *manifest)
{
	g_autofree char *path = client_store(client, manifest->id, "test.json");
	g_autofree char *signature_path = client_store(client, manifest->id, "test.json.asc");
	g_autoptr(GBytes) bytes = client_read(path, LIVE_LIMIT_SMALL_BYTES, NULL);
	g_autoptr(GBytes) signature = bytes ? client_read(signature_path, LIVE_LIMIT_SMALL_BYTES, NULL)
					    : NULL;

	if (!signature)
		return false;
	g_autoptr(ksig_document) result = ksig_trust_open_document(
		client->trust, KSIG_ROLE_LIVEPATCH, "livepatch-test", path, bytes, signature, 0, NULL, NULL);
	return result && fits(result, bytes, manifest);
}
