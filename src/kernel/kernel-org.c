/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.org's releases.json, the order of versions (-rc before its release), and the newest of a longterm
 * series that is still maintained.
 */
#include "kernel/fetch-internal.h"
#include "kernel/kernel-internal.h"

#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

void ksig_kernel_release_free(struct ksig_release *release)
{
	if (!release)
		return;
	g_free(release->version);
	g_free(release->series);
	g_free(release->moniker);
	g_free(release->released);
	g_free(release->source);
	g_free(release->pgp);
	g_free(release->changelog);
	g_free(release);
}

static bool version_is_good(const char *version)
{
	return g_ascii_isdigit(version[0]) && strlen(version) < 64 &&
	       strspn(version, "0123456789.-rc") == strlen(version);
}

/* "6.1.187" is of "6.1"; "7.3-rc2" of "7.3". */
static char *series_of(const char *version)
{
	const char *dot = strchr(version, '.');
	size_t length = dot ? (size_t) (dot - version) + 1 : strlen(version);

	while (dot && g_ascii_isdigit(version[length]))
		length++;
	return g_strndup(version, length);
}

static char *released_of(JsonObject *object)
{
	JsonNode *node = json_object_get_member(object, "released");

	if (!node || !JSON_NODE_HOLDS_OBJECT(node))
		return NULL;
	return g_strdup(ksig_json_string(json_node_get_object(node), "isodate"));
}

static bool member_is_true(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);

	return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_BOOLEAN &&
	       json_node_get_boolean(node);
}

static struct ksig_release *release_of(JsonNode *node)
{
	if (!JSON_NODE_HOLDS_OBJECT(node))
		return NULL;
	JsonObject *object = json_node_get_object(node);
	const char *version = ksig_json_string(object, "version"),
		   *moniker = ksig_json_string(object, "moniker");
	if (!version || !moniker || !version_is_good(version))
		return NULL;
	struct ksig_release *release = g_new0(struct ksig_release, 1);
	release->version = g_strdup(version);
	release->moniker = g_strdup(moniker);
	release->series = series_of(version);
	release->is_eol = member_is_true(object, "iseol");
	release->released = released_of(object);
	release->source = g_strdup(ksig_json_string(object, "source"));
	release->pgp = g_strdup(ksig_json_string(object, "pgp"));
	release->changelog = g_strdup(ksig_json_string(object, "changelog"));
	return release;
}

static GPtrArray *releases_of(JsonNode *root)
{
	JsonNode *node = root && JSON_NODE_HOLDS_OBJECT(root)
				 ? json_object_get_member(json_node_get_object(root), "releases")
				 : NULL;
	if (!node || !JSON_NODE_HOLDS_ARRAY(node))
		return NULL;
	JsonArray *array = json_node_get_array(node);
	GPtrArray *releases = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kernel_release_free);
	for (guint i = 0; i < json_array_get_length(array); i++) {
		struct ksig_release *release = release_of(json_array_get_element(array, i));
		if (release)
			g_ptr_array_add(releases, release);
	}
	return releases;
}

GPtrArray *ksig_kernel_releases_load(const char *location, GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-releases", error);
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	g_autoptr(GError) reason = NULL;
	size_t length = 0;

	if (!scratch)
		return NULL;
	g_autofree char *path = g_build_filename(scratch, "releases.json", NULL);
	if (!kernel_fetch(location, path, KERNEL_LIMIT_RELEASES_BYTES, error))
		return NULL;
	g_autofree char *text = ksig_file_read(path, KERNEL_LIMIT_RELEASES_BYTES, &length, error);
	if (!text)
		return NULL;
	if (!ksig_json_load(parser, text, (gssize) length, &reason)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", location, reason->message);
		return NULL;
	}
	GPtrArray *releases = releases_of(json_parser_get_root(parser));
	if (!releases)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: an object with an array \"releases\" expected",
			       location);
	return releases;
}

/* The next number of *TEXT, which moves behind it and one '.'; -1 at its end. */
static long next_number(const char **text)
{
	if (!g_ascii_isdigit(**text))
		return -1;
	char *end;
	long number = strtol(*text, &end, 10);
	*text = *end == '.' ? end + 1 : end;
	return number;
}

int ksig_kernel_version_compare(const char *a, const char *b)
{
	long x, y;

	do {
		x = next_number(&a);
		y = next_number(&b);
		if (x != y)
			return x < y ? -1 : 1;
	} while (x >= 0);
	if (!*a != !*b)
		return *a ? -1 : 1; /* "-rc" comes before the release itself */
	const char *rc_a = strstr(a, "-rc"), *rc_b = strstr(b, "-rc");
	if (rc_a && rc_b)
		return (atoi(rc_a + 3) > atoi(rc_b + 3)) - (atoi(rc_a + 3) < atoi(rc_b + 3));
	return strcmp(a, b);
}

const struct ksig_release *ksig_kernel_series_newest(GPtrArray *releases, const char *series, bool force,
						     GError **error)
{
	const struct ksig_release *newest = NULL;

	for (guint i = 0; i < releases->len; i++) {
		const struct ksig_release *release = g_ptr_array_index(releases, i);
		if (g_str_equal(release->series, series) &&
		    (!newest || ksig_kernel_version_compare(release->version, newest->version) > 0))
			newest = release;
	}
	if (!newest) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "%s: kernel.org lists no release of this series any more", series);
		return NULL;
	}
	if (force)
		return newest;
	if (!g_str_equal(newest->moniker, "longterm")) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not a longterm series (%s is %s)", series,
			       newest->version, newest->moniker);
		return NULL;
	}
	if (newest->is_eol) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "%s: at its end of life with %s; nobody fixes it any more (--force goes on)",
			       series, newest->version);
		return NULL;
	}
	return newest;
}
