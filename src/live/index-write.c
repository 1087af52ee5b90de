/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signed index of a folder of live patches: its files with digests, rings, and what is halted, which
 * stays so until it is resumed.
 */
#include "live/index.h"
#include "base/json-write.h"
#include "live/document-words-internal.h"
#include "live/json-write-internal.h"
#include "live/manifest.h"
#include "live/reports-internal.h"
#include "live/test-result.h"

#include <string.h>

static bool add_file(JsonBuilder *builder, const char *folder, const char *id, const char *file,
		     GError **error)
{
	g_autofree char *name = g_build_filename(id, file, NULL);
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);

	if (!bytes)
		return false;
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
	ksig_json_add_if(builder, name, digest);
	return true;
}

static bool add_patch(JsonBuilder *builder, const char *folder, const char *id,
		      const struct ksig_live_index_options *options, GError **error)
{
	static const char *const files[] = {"manifest.json", "manifest.json.asc", "module.ko", "test.json",
					    "test.json.asc"};
	const struct ksig_live_test_check how = {
		.words = options->untested, .signatures = true, .home = options->home};
	g_autofree char *place = g_build_filename(folder, id, NULL);
	g_autofree char *path = g_build_filename(place, "manifest.json", NULL);
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, error);
	g_autoptr(ksig_live_manifest) manifest = bytes ? ksig_live_manifest_parse(path, bytes, error) : NULL;

	if (!manifest || !ksig_live_test_check(place, manifest, &how, error))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *file = g_build_filename(place, files[i], NULL);
		const bool optional = g_str_has_prefix(files[i], "test.json");
		if ((!optional || g_file_test(file, G_FILE_TEST_EXISTS)) &&
		    !add_file(builder, folder, id, files[i], error))
			return false;
	}
	return true;
}

static bool add_files(JsonBuilder *builder, const char *folder, const struct ksig_live_index_options *options,
		      GError **error)
{
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *id;

	json_builder_set_member_name(builder, "files");
	json_builder_begin_object(builder);
	while (directory && (id = g_dir_read_name(directory))) {
		g_autofree char *manifest = g_build_filename(folder, id, "manifest.json", NULL);
		if (g_file_test(manifest, G_FILE_TEST_EXISTS) &&
		    !add_patch(builder, folder, id, options, error))
			return false;
	}
	json_builder_end_object(builder);
	return true;
}

/* "name=value" pairs, as an object: values that are numbers as such. */
static void add_pairs(JsonBuilder *builder, const char *name, const char *const *pairs, bool numbers)
{
	json_builder_set_member_name(builder, name);
	json_builder_begin_object(builder);
	for (; pairs && *pairs; pairs++) {
		g_auto(GStrv) halves = g_strsplit(*pairs, "=", 2);
		if (numbers)
			ksig_json_add_number(builder, halves[0], g_ascii_strtoll(halves[1], NULL, 10));
		else
			ksig_json_add_if(builder, halves[0], halves[1]);
	}
	json_builder_end_object(builder);
}

/* ---- what is halted ------------------------------------------------------------------------------ */

static void halt(GPtrArray *halted, const char *id)
{
	if (!g_ptr_array_find_with_equal_func(halted, id, g_str_equal, NULL))
		g_ptr_array_add(halted, g_strdup(id));
}

/* A halt that is forgotten in the next index would be none: an index that cannot be read is an error. */
static bool halt_as_before(const char *folder, GPtrArray *halted, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "index.json", NULL);
	const bool there = g_file_test(path, G_FILE_TEST_EXISTS);
	g_autoptr(GBytes) bytes = there ? ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, error) : NULL;
	g_auto(ksig_live_index) index = {0};

	if (!there)
		return true;
	if (!bytes || !ksig_live_index_parse(&index, path, bytes, error))
		return false;
	g_auto(GStrv) before = ksig_json_strings(index.object, "halted");
	for (char **id = before; *id; id++)
		halt(halted, *id);
	return true;
}

/* A halt of what nobody has would be thought of as one and do nothing. */
static bool is_there(const char *folder, const char *id, GError **error)
{
	g_autofree char *path = g_build_filename(folder, id, "manifest.json", NULL);

	return (ksig_live_id_is_good(id) && g_file_test(path, G_FILE_TEST_EXISTS)) ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no patch of that id is in %s", id, folder);
}

static bool resume_all(const char *folder, const char *const *ids, GPtrArray *halted, GError **error)
{
	guint at = 0;

	for (; ids && *ids; ids++) {
		if (g_ptr_array_find_with_equal_func(halted, *ids, g_str_equal, &at))
			g_ptr_array_remove_index(halted, at);
		else if (!is_there(folder, *ids, error))
			return false;
	}
	return true;
}

static bool halt_by_reports(const char *folder, const struct ksig_live_index_options *options,
			    GPtrArray *halted, GError **error)
{
	g_autoptr(GDir) directory = options->reports ? g_dir_open(folder, 0, error) : NULL;
	const char *id;

	if (!directory)
		return !options->reports;
	while ((id = g_dir_read_name(directory))) {
		bool bad = false;
		if (!live_reports_halt(options->reports, options->failure_limit_percent, id, &bad, error))
			return false;
		if (bad)
			halt(halted, id);
	}
	return true;
}

static char **all_halted(const char *folder, const struct ksig_live_index_options *options, GError **error)
{
	g_autoptr(GPtrArray) halted = g_ptr_array_new_with_free_func(g_free);

	if (!halt_as_before(folder, halted, error) || !resume_all(folder, options->resumed, halted, error))
		return NULL;
	for (const char *const *id = options->halted; id && *id; id++) {
		if (!is_there(folder, *id, error))
			return NULL;
		halt(halted, *id);
	}
	if (!halt_by_reports(folder, options, halted, error))
		return NULL;
	g_ptr_array_add(halted, NULL);
	return (char **) g_ptr_array_free(g_steal_pointer(&halted), FALSE);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static bool check_options(const char *folder, const struct ksig_live_index_options *options, GError **error)
{
	if (options->minimum_revision < 0)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "--minimum: a revision of a patch expected");
	if (!live_words_check_pairs("ring", options->rings, error) ||
	    !live_words_check_pairs("release-to", options->releases, error))
		return false;
	for (const char *const *ring = options->rings; ring && *ring; ring++)
		if (!g_ascii_string_to_unsigned(strchr(*ring, '=') + 1, 10, 0, 100, NULL, NULL))
			return ksig_error_set(error, KSIG_ERROR_USAGE,
					      "--ring: %s: 0 to 100 per cent expected", *ring);
	for (const char *const *release = options->releases; release && *release; release++) {
		const char *ring = strchr(*release, '=') + 1;
		g_autofree char *id = g_strndup(*release, (gsize) (ring - 1 - *release));
		if (!live_words_value(options->rings, ring))
			return ksig_error_set(error, KSIG_ERROR_USAGE,
					      "--release-to: %s: no --ring says how many %s are", *release,
					      ring);
		if (!is_there(folder, id, error))
			return false;
	}
	return true;
}

char **ksig_live_index_write(const char *folder, const struct ksig_live_index_options *options,
			     GError **error)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	if (!live_words_check_expires(options->expires, error) || !check_options(folder, options, error))
		return NULL;
	g_auto(GStrv) halted = all_halted(folder, options, error);
	if (!halted)
		return NULL;
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "kind", "livepatch-index");
	ksig_json_add_if(builder, "name", options->name);
	ksig_json_add_if(builder, "provider", options->provider);
	ksig_json_add_number(builder, "revision", options->revision);
	ksig_json_add_number(builder, "minimum_revision", options->minimum_revision);
	live_json_now(builder);
	ksig_json_add_if(builder, "expires", options->expires);
	add_pairs(builder, "rings", options->rings, true);
	add_pairs(builder, "releases", options->releases, false);
	ksig_json_add_list(builder, "halted", (const char *const *) halted);
	if (!add_files(builder, folder, options, error))
		return NULL;
	json_builder_end_object(builder);
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GBytes) signature = live_json_sign(builder, options->home, options->key, &bytes, error);
	return signature && ksig_live_index_publish(folder, bytes, signature, error)
		       ? g_steal_pointer(&halted)
		       : NULL;
}
