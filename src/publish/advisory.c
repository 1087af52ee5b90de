/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advisories: made part by part, or read from JSON and checked. */
#include "publish/advisory.h"

#include <json-glib/json-glib.h>

enum { ADVISORY_LIMIT_BYTES = 64 << 20, ADVISORY_LIMIT_COUNT = 100000 };

static void free_reference(gpointer data)
{
	struct ksig_advisory_reference *reference = data;

	g_free(reference->type);
	g_free(reference->id);
	g_free(reference->url);
	g_free(reference);
}

ksig_advisory *ksig_publish_advisory_new(const char *id)
{
	ksig_advisory *advisory = g_new0(ksig_advisory, 1);

	advisory->id = g_strdup(id);
	advisory->references = g_ptr_array_new_with_free_func(free_reference);
	return advisory;
}

void ksig_publish_advisory_free(ksig_advisory *advisory)
{
	if (!advisory)
		return;
	g_free(advisory->id);
	g_free(advisory->title);
	g_free(advisory->description);
	g_free(advisory->type);
	g_free(advisory->severity);
	g_free(advisory->issued);
	g_ptr_array_unref(advisory->references);
	g_strfreev(advisory->packages);
	g_free(advisory);
}

void ksig_publish_advisory_add_reference(ksig_advisory *advisory, const char *type, const char *id,
					 const char *url)
{
	struct ksig_advisory_reference *reference = g_new0(struct ksig_advisory_reference, 1);

	reference->type = g_strdup(type);
	reference->id = g_strdup(id);
	reference->url = g_strdup(url ? url : "");
	g_ptr_array_add(advisory->references, reference);
}

void ksig_publish_advisory_add_cve(ksig_advisory *advisory, const char *cve)
{
	g_autofree char *url = g_strdup_printf("https://www.cve.org/CVERecord?id=%s", cve);

	for (guint i = 0; i < advisory->references->len; i++) {
		const struct ksig_advisory_reference *reference = g_ptr_array_index(advisory->references, i);
		if (g_str_equal(reference->type, "cve") && g_str_equal(reference->id, cve))
			return;
	}
	ksig_publish_advisory_add_reference(advisory, "cve", cve, url);
}

/* What turns text round or ends a line unseen: another sentence would be read than the one that stands there.
 */
static bool is_turned(gunichar c)
{
	return (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/*
 * What XML 1.0 (2.2) holds and recommends: no control characters of either set, which would make a file that
 * nobody can read, or one that a terminal obeys; no surrogates, and none of what Unicode never assigns.
 */
static bool is_xml(gunichar c)
{
	const bool is_control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7f && c <= 0x9f);
	const bool is_never = (c >= 0xd800 && c <= 0xdfff) || (c >= 0xfdd0 && c <= 0xfdef) ||
			      (c & 0xfffe) == 0xfffe;

	return !is_control && !is_never && !is_turned(c);
}

void ksig_publish_advisory_add_line(ksig_advisory *advisory, const char *line)
{
	g_autofree char *valid = g_utf8_make_valid(line, -1);
	GString *longer = g_string_new(advisory->description);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		const gunichar c = g_utf8_get_char(at);
		g_string_append_unichar(longer, is_xml(c) && c != '\r' ? c : '?');
	}
	g_string_append_c(longer, '\n');
	g_free(advisory->description);
	advisory->description = g_string_free(longer, FALSE);
}

/* ---- from JSON ----------------------------------------------------------------------------------- */

static void add_references(ksig_advisory *advisory, JsonObject *object)
{
	g_auto(GStrv) cves = ksig_json_strings(object, "cves");
	JsonArray *references = ksig_json_array(object, "references");

	for (char **cve = cves; *cve; cve++)
		ksig_publish_advisory_add_cve(advisory, *cve);
	for (guint i = 0; references && i < json_array_get_length(references); i++) {
		JsonNode *node = json_array_get_element(references, i);
		if (!JSON_NODE_HOLDS_OBJECT(node)) { /* an address alone */
			const bool is_text = JSON_NODE_HOLDS_VALUE(node) &&
					     json_node_get_value_type(node) == G_TYPE_STRING;
			ksig_publish_advisory_add_reference(advisory, "other", "",
							    is_text ? json_node_get_string(node) : "");
			continue;
		}
		const char *type = ksig_json_string(json_node_get_object(node), "type");
		const char *id = ksig_json_string(json_node_get_object(node), "id");
		const char *url = ksig_json_string(json_node_get_object(node), "url");
		ksig_publish_advisory_add_reference(advisory, type ? type : "other", id ? id : "", url);
	}
}

static bool one_of(const char *string, const char *const *allowed)
{
	for (; *allowed; allowed++)
		if (g_str_equal(string, *allowed))
			return true;
	return false;
}

static const char *const severities[] = {"critical", "important", "moderate", "low", NULL};

bool ksig_publish_advisory_severity_check(const char *severity, GError **error)
{
	if (one_of(severity, severities))
		return true;
	return ksig_error_set(error, KSIG_ERROR_USAGE,
			      "severity %s: critical, important, moderate or low expected", severity);
}

static bool is_xml_text(const char *text)
{
	for (; text && *text; text = g_utf8_next_char(text))
		if (!is_xml(g_utf8_get_char(text)))
			return false;
	return true;
}

static bool has_clean_text(const ksig_advisory *advisory)
{
	const char *const texts[] = {advisory->id,   advisory->title,    advisory->description,
				     advisory->type, advisory->severity, advisory->issued};

	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (!is_xml_text(texts[i]))
			return false;
	for (guint i = 0; i < advisory->references->len; i++) {
		const struct ksig_advisory_reference *reference = g_ptr_array_index(advisory->references, i);
		if (!is_xml_text(reference->type) || !is_xml_text(reference->id) ||
		    !is_xml_text(reference->url))
			return false;
	}
	return true;
}

/* A day, or a day and a time, as updateinfo.xml has them; seconds since 1970, as others write them. */
static bool is_date(const char *issued)
{
	g_autofree char *iso = strlen(issued) == 10 ? g_strconcat(issued, "T00:00:00", NULL)
						    : g_strdup(issued);

	if (strlen(iso) > 10 && iso[10] == ' ')
		iso[10] = 'T';
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(iso, utc);
	return date || g_ascii_string_to_unsigned(issued, 10, 1, G_MAXUINT32, NULL, NULL);
}

static bool has_known_references(const ksig_advisory *advisory, GError **error)
{
	for (guint i = 0; i < advisory->references->len; i++) {
		const struct ksig_advisory_reference *reference = g_ptr_array_index(advisory->references, i);
		if (g_str_equal(reference->type, "cve") &&
		    !g_regex_match_simple("^CVE-[0-9]{4}-[0-9]+$", reference->id,
					  G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: CVE-YEAR-NUMBER expected",
					      advisory->id, reference->id);
		if (!*reference->id && !*reference->url)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a reference without id and url",
					      advisory->id);
	}
	return true;
}

static bool check_advisory(const ksig_advisory *advisory, GError **error)
{
	static const char *const types[] = {"security", "bugfix", "enhancement", NULL};

	if (!one_of(advisory->type, types))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: type %s: security, bugfix or enhancement expected", advisory->id,
				      advisory->type);
	if (advisory->severity && !one_of(advisory->severity, severities))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: severity %s: critical, important, moderate or low expected",
				      advisory->id, advisory->severity);
	if (!has_clean_text(advisory))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a control character in its text",
				      advisory->id);
	g_autofree char *shown = ksig_shown(advisory->id, -1);
	if (strpbrk(advisory->id, "\t\n\r") || !g_str_equal(shown, advisory->id))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: an id in one line expected, all of it to be seen", advisory->id);
	if (advisory->issued && !is_date(advisory->issued))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: issued %s: a date such as 2026-01-31 expected", advisory->id,
				      advisory->issued);
	if (!has_known_references(advisory, error))
		return false;
	if (!advisory->packages[0])
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: packages expected", advisory->id);
	return true;
}

static ksig_advisory *advisory_of(JsonNode *node, GError **error)
{
	JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	const char *id = ksig_json_string(object, "id");

	if (!id || !*id) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "an advisory, an object with an id, expected");
		return NULL;
	}
	g_autoptr(ksig_advisory) advisory = ksig_publish_advisory_new(id);
	advisory->title = g_strdup(ksig_json_string(object, "title"));
	advisory->description = g_strdup(ksig_json_string(object, "description"));
	advisory->type = g_strdup(ksig_json_string(object, "type"));
	advisory->severity = g_strdup(ksig_json_string(object, "severity"));
	advisory->issued = g_strdup(ksig_json_string(object, "issued"));
	advisory->packages = ksig_json_strings(object, "packages");
	if (!advisory->type)
		advisory->type = g_strdup("security");
	add_references(advisory, object);
	return check_advisory(advisory, error) ? g_steal_pointer(&advisory) : NULL;
}

static void free_advisory(gpointer advisory)
{
	ksig_publish_advisory_free(advisory);
}

static bool add_advisory(GPtrArray *advisories, JsonNode *node, GError **error)
{
	ksig_advisory *advisory = advisory_of(node, error);

	if (advisory)
		g_ptr_array_add(advisories, advisory);
	return advisory != NULL;
}

static bool add_advisories(GPtrArray *advisories, JsonNode *root, GError **error)
{
	if (!root || !JSON_NODE_HOLDS_ARRAY(root))
		return root ? add_advisory(advisories, root, error)
			    : ksig_error_set(error, KSIG_ERROR_INPUT, "an advisory expected");
	JsonArray *array = json_node_get_array(root);
	if (json_array_get_length(array) > ADVISORY_LIMIT_COUNT)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "more than %d advisories",
				      ADVISORY_LIMIT_COUNT);
	for (guint i = 0; i < json_array_get_length(array); i++)
		if (!add_advisory(advisories, json_array_get_element(array, i), error))
			return false;
	return true;
}

GPtrArray *ksig_publish_advisories_load(const char *path, GError **error)
{
	gsize length_bytes = 0;
	g_autofree char *json = ksig_file_read(path, ADVISORY_LIMIT_BYTES, &length_bytes, error);
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GPtrArray) advisories = g_ptr_array_new_with_free_func(free_advisory);
	g_autoptr(GError) reason = NULL;

	if (!json)
		return NULL;
	if (!ksig_json_load(parser, json, (gssize) length_bytes, &reason)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, reason->message);
		return NULL;
	}
	if (!add_advisories(advisories, json_parser_get_root(parser), error)) {
		g_prefix_error(error, "%s: ", path);
		return NULL;
	}
	return g_steal_pointer(&advisories);
}
