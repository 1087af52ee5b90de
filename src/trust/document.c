/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signed JSON documents (manifest, index, test result): the members that all have, their signature, and that
 * they are current: not expired, not older than seen or than the minimum.
 */
#include "trust/policy-internal.h"
#include "trust/refusal-internal.h"
#include "trust/trust-internal.h"

#include <json-glib/json-glib.h>
#include <string.h>

void ksig_trust_document_free(struct ksig_document *document)
{
	if (!document)
		return;
	g_free(document->kind);
	g_free(document->name);
	g_free(document->provider);
	g_free(document->build_id);
	g_strfreev(document->cves);
	g_clear_pointer(&document->files, g_hash_table_unref);
	g_free(document);
}

static bool take_string(JsonObject *object, const char *name, bool needed, char **out, GError **error)
{
	const char *text = ksig_json_string(object, name);

	if (!text && (needed || json_object_has_member(object, name)))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a string expected", name);
	*out = g_strdup(text);
	return true;
}

static bool take_number(JsonObject *object, const char *name, gint64 *out, GError **error)
{
	JsonNode *node = json_object_get_member(object, name);

	if (!node)
		return true;
	if (json_node_get_value_type(node) != G_TYPE_INT64 || json_node_get_int(node) < 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a number, 0 or more, expected", name);
	*out = json_node_get_int(node);
	return true;
}

static bool take_date(JsonObject *object, const char *name, gint64 *out, GError **error)
{
	const char *text = ksig_json_string(object, name);

	if (!text)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a date expected", name);
	return trust_date_parse(text, out, error);
}

static bool is_hex(const char *text, size_t length)
{
	return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

static bool take_files(JsonObject *object, GHashTable *files, GError **error)
{
	JsonNode *node = json_object_get_member(object, "files");

	if (!node)
		return true;
	if (!JSON_NODE_HOLDS_OBJECT(node))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "files: an object expected");
	g_autoptr(GList) names = json_object_get_members(json_node_get_object(node));
	for (GList *name = names; name; name = name->next) {
		const char *digest = ksig_json_string(json_node_get_object(node), name->data);
		if (!digest || !is_hex(digest, 64) || !ksig_path_is_safe(name->data))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "files: a relative name and 64 hex digits expected");
		g_hash_table_insert(files, g_strdup(name->data), g_strdup(digest));
	}
	return true;
}

static bool take_cves(JsonObject *object, struct ksig_document *document, GError **error)
{
	JsonNode *node = json_object_get_member(object, "cves");

	if (node && !JSON_NODE_HOLDS_ARRAY(node))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "cves: an array expected");
	document->cves = ksig_json_strings(object, "cves");
	return true;
}

static bool fill(struct ksig_document *document, JsonObject *object, GError **error)
{
	return take_string(object, "kind", true, &document->kind, error) &&
	       take_string(object, "name", true, &document->name, error) &&
	       take_string(object, "provider", true, &document->provider, error) &&
	       take_string(object, "build_id", false, &document->build_id, error) &&
	       take_number(object, "revision", &document->revision, error) &&
	       take_number(object, "minimum_revision", &document->minimum_revision, error) &&
	       take_date(object, "issued", &document->issued, error) &&
	       take_date(object, "expires", &document->expires, error) &&
	       take_files(object, document->files, error) && take_cves(object, document, error);
}

struct ksig_document *ksig_trust_document_parse(const char *what, GBytes *data, GError **error)
{
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	g_autoptr(ksig_document) document = g_new0(ksig_document, 1);
	g_autoptr(GError) reason = NULL;
	gsize length = 0;
	const char *text = g_bytes_get_data(data, &length);

	document->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	if (length > TRUST_LIMIT_DOCUMENT_BYTES || !g_utf8_validate(text, (gssize) length, NULL)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: UTF-8 of at most 16 MiB expected", what);
		return NULL;
	}
	if (!length || !ksig_json_load(parser, text, (gssize) length, &reason)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: JSON expected: %s", what,
			       reason ? reason->message : "empty");
		return NULL;
	}
	JsonNode *root = json_parser_get_root(parser);
	if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a JSON object expected", what);
		return NULL;
	}
	if (!fill(document, json_node_get_object(root), error)) {
		g_prefix_error(error, "%s: ", what);
		return NULL;
	}
	return g_steal_pointer(&document);
}

static bool is_current(ksig_trust *trust, const struct ksig_document *document, const char *what,
		       gint64 seen_revision, struct ksig_trust_verdict *out, GError **error)
{
	const gint64 minimum = ksig_trust_minimum_revision(trust, document->provider);
	const bool is_index = g_str_has_suffix(document->kind, "-index");

	if (ksig_trust_time(trust) >= document->expires) {
		g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(document->expires);
		g_autofree char *day = g_date_time_format(date, "%F");
		return trust_refuse(out, KSIG_REFUSAL_EXPIRED, error, "%s: expired on %s", what, day);
	}
	if (document->revision < seen_revision)
		return trust_refuse(out, KSIG_REFUSAL_REPLAYED, error,
				    "%s: revision %" G_GINT64_FORMAT ", but %" G_GINT64_FORMAT
				    " was seen before",
				    what, document->revision, seen_revision);
	if (is_index && document->revision < minimum)
		return trust_refuse(out, KSIG_REFUSAL_REPLAYED, error,
				    "%s: revision %" G_GINT64_FORMAT
				    ", the policy's minimum is %" G_GINT64_FORMAT,
				    what, document->revision, minimum);
	return true;
}

struct ksig_document *ksig_trust_open_document(ksig_trust *trust, enum ksig_role role, const char *kind,
					       const char *what, GBytes *data, GBytes *signature,
					       gint64 seen_revision, struct ksig_trust_verdict *out,
					       GError **error)
{
	struct ksig_trust_verdict own = {0}, *verdict = out ? out : &own;
	g_autoptr(GError) reason = NULL;
	g_autoptr(ksig_document) document = ksig_trust_document_parse(what, data, &reason);
	bool good = false;

	/* The name is needed to look up the scope; nothing else of the text is believed before the signature
	 * is. */
	if (!ksig_trust_check_data(trust, role, what, document ? document->name : NULL, data, signature,
				   verdict, error))
		good = false;
	else if (!document)
		good = trust_refuse(verdict, KSIG_REFUSAL_DAMAGED, error, "%s", reason->message);
	else if (!g_str_equal(document->kind, kind))
		good = trust_refuse(verdict, KSIG_REFUSAL_DAMAGED, error, "%s: a %s, not a %s", what,
				    document->kind, kind);
	else if (!g_str_equal(document->provider, verdict->provider))
		good = trust_refuse(verdict, KSIG_REFUSAL_SCOPE, error,
				    "%s: of provider %s, but key %s speaks for %s", what, document->provider,
				    verdict->key, verdict->provider);
	else
		good = is_current(trust, document, what, seen_revision, verdict, error);
	ksig_trust_verdict_clear(&own);
	return good ? g_steal_pointer(&document) : NULL;
}
