/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advisories: from JSON, and into updateinfo.xml as createrepo_c writes it. */
#include "publish/updateinfo-internal.h"
#include "publish/metadata-internal.h"
#include "publish/advisory-match-internal.h"
#include "publish/publish.h"

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
		    !g_regex_match_simple("^CVE-[0-9]{4}-[0-9]+$", reference->id, G_REGEX_DOLLAR_ENDONLY, 0))
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

/* ---- into updateinfo.xml ------------------------------------------------------------------------- */

static char *put(GStringChunk *chunk, const char *string)
{
	return g_string_chunk_insert(chunk, string ? string : "");
}

static void put_references(cr_UpdateRecord *record, const ksig_advisory *advisory)
{
	for (guint i = 0; i < advisory->references->len; i++) {
		const struct ksig_advisory_reference *from = g_ptr_array_index(advisory->references, i);
		cr_UpdateReference *to = cr_updatereference_new();
		to->href = put(to->chunk, from->url);
		to->id = put(to->chunk, from->id);
		to->type = put(to->chunk, from->type);
		to->title = put(to->chunk, from->id);
		cr_updaterecord_append_reference(record, to);
	}
}

static void put_package(cr_UpdateCollection *collection, const ksig_package *from, const char *root)
{
	cr_UpdateCollectionPackage *to = cr_updatecollectionpackage_new();
	g_autofree char *file = g_path_get_basename(from->path);
	g_autofree char *path = ksig_publish_package_file(root, from);

	to->reboot_suggested = ksig_rpm_package_is_kernel(path);
	to->name = put(to->chunk, from->name);
	to->epoch = put(to->chunk, from->epoch);
	to->version = put(to->chunk, from->version);
	to->release = put(to->chunk, from->release);
	to->arch = put(to->chunk, from->arch);
	to->filename = put(to->chunk, file);
	to->sum = put(to->chunk, from->sha256);
	to->sum_type = CR_CHECKSUM_SHA256;
	cr_updatecollection_append_package(collection, to);
}

/* What ADVISORY says, about PACKAGES. */
static cr_UpdateRecord *record_of(const ksig_advisory *advisory, const GPtrArray *packages, const char *root)
{
	cr_UpdateRecord *record = cr_updaterecord_new();
	cr_UpdateCollection *collection = cr_updatecollection_new();
	g_autofree char *severity = advisory->severity ? g_strdup(advisory->severity) : NULL;

	/* dnf compares the severity with "Critical" and its like. */
	if (severity)
		severity[0] = g_ascii_toupper(severity[0]);
	record->from = put(record->chunk, "ksig");
	record->status = put(record->chunk, "final");
	record->type = put(record->chunk, advisory->type);
	record->version = put(record->chunk, "1");
	record->id = put(record->chunk, advisory->id);
	record->title = put(record->chunk, advisory->title ? advisory->title : advisory->id);
	record->description = put(record->chunk, advisory->description && *advisory->description
							 ? advisory->description
							 : record->title);
	record->issued_date = put(record->chunk, advisory->issued ? advisory->issued : "1970-01-01 00:00:00");
	record->updated_date = record->issued_date;
	record->severity = severity ? put(record->chunk, severity) : NULL;
	put_references(record, advisory);
	collection->shortname = put(collection->chunk, "ksig");
	collection->name = put(collection->chunk, "ksig");
	for (guint i = 0; i < packages->len; i++)
		put_package(collection, g_ptr_array_index(packages, i), root);
	cr_updaterecord_append_collection(record, collection);
	return record;
}

static bool same(cr_UpdateRecord *a, cr_UpdateRecord *b)
{
	g_autofree char *xml_a = cr_xml_dump_updaterecord(a, NULL);
	g_autofree char *xml_b = cr_xml_dump_updaterecord(b, NULL);

	return g_strcmp0(xml_a, xml_b) == 0;
}

/* Takes RECORD over. Returns false if one that is the same was there. */
static bool replace(cr_UpdateInfo *updates, cr_UpdateRecord *record)
{
	for (GSList *item = updates->updates; item; item = item->next) {
		cr_UpdateRecord *old = item->data;
		if (g_strcmp0(old->id, record->id) != 0)
			continue;
		const bool changed = !same(old, record);
		cr_updaterecord_free(old);
		item->data = record;
		return changed;
	}
	cr_updateinfo_apped_record(updates, record);
	return true;
}

guint repo_updates_merge(cr_UpdateInfo *updates, GPtrArray *advisories, GPtrArray *packages, const char *root,
			 GHashTable *matched)
{
	g_autoptr(repo_matcher) matcher = advisories && advisories->len ? repo_matcher_new(packages) : NULL;
	guint changed = 0;

	for (guint i = 0; matcher && i < advisories->len; i++) {
		ksig_advisory *advisory = g_ptr_array_index(advisories, i);
		g_autoptr(GPtrArray) about = repo_matcher_find(matcher, advisory);
		if (about->len == 0)
			continue;
		changed += replace(updates, record_of(advisory, about, root));
		if (matched)
			g_hash_table_add(matched, advisory);
	}
	return changed;
}

guint repo_updates_take(cr_UpdateInfo *updates, const cr_UpdateInfo *others)
{
	guint changed = 0;

	for (GSList *item = others->updates; item; item = item->next)
		changed += replace(updates, cr_updaterecord_copy(item->data));
	return changed;
}

cr_UpdateInfo *repo_updates_load(const char *folder, GError **error)
{
	g_autoptr(GPtrArray) names = repo_metadata_files(folder, error);
	g_autoptr(cr_UpdateInfo) updates = cr_updateinfo_new();
	GError *reason = NULL;

	for (guint i = 0; names && i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		g_autofree char *path = g_build_filename(folder, "repodata", name, NULL);
		if (!g_str_has_suffix(name, "-updateinfo.xml.gz"))
			continue;
		if (!ksig_rpm_xml_check(path, error))
			return NULL;
		if (cr_xml_parse_updateinfo(path, updates, NULL, NULL, &reason) != CRE_OK) {
			ksig_rpm_library_error(error, reason, KSIG_ERROR_INPUT, path);
			return NULL;
		}
	}
	return names ? g_steal_pointer(&updates) : NULL;
}
