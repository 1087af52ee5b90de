/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A live patch's folder: module.ko, its patches, and the signed manifest, of which functions, build id and
 * compiler are read from the module.
 */
#include "live/build-internal.h"
#include "live/document-words-internal.h"
#include "live/json-write-internal.h"
#include "live/manifest.h"
#include "live/package.h"
#include "base/json-write.h"
#include "rpm/rpm.h"

#include <string.h>

static void add_functions(JsonBuilder *builder, const ksig_klp *klp)
{
	json_builder_set_member_name(builder, "functions");
	json_builder_begin_array(builder);
	for (guint i = 0; i < klp->functions->len; i++) {
		const struct ksig_klp_function *function = g_ptr_array_index(klp->functions, i);
		g_autofree char *text = g_strdup_printf("%s:%s", function->object, function->name);
		json_builder_add_string_value(builder, text);
	}
	json_builder_end_array(builder);
}

/* The upstream commit that a patch names: "commit SHA upstream", "[ Upstream commit SHA ]", "From SHA". */
static char *upstream_of(const char *text)
{
	g_autoptr(GRegex) regex = g_regex_new("(?:commit|From) ([0-9a-f]{40})\\b", G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}

/* The source of the patch goes with it. */
static bool keep_patch(const char *place, const char *base, GBytes *patch, GError **error)
{
	g_autofree char *folder = g_build_filename(place, "patches", NULL);
	g_autofree char *path = g_build_filename(folder, base, NULL);

	if (!ksig_live_id_is_good(base))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: letters, digits and ._+- expected", base);
	return ksig_directory_make(folder, error) && ksig_bytes_write(path, patch, error);
}

static bool add_patches(JsonBuilder *builder, const char *place, const char *const *patches, GError **error)
{
	json_builder_set_member_name(builder, "patches");
	json_builder_begin_array(builder);
	for (; patches && *patches; patches++) {
		g_autoptr(GBytes) bytes = ksig_bytes_read(*patches, LIVE_LIMIT_PATCH_BYTES, error);
		if (!bytes)
			return false;
		g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
		g_autofree char *base = g_path_get_basename(*patches);
		if (!keep_patch(place, base, bytes, error))
			return false;
		g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
		g_autofree char *upstream = upstream_of(text);
		json_builder_begin_object(builder);
		ksig_json_add_if(builder, "file", base);
		ksig_json_add_if(builder, "sha256", digest);
		ksig_json_add_if(builder, "upstream", upstream);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	return true;
}

static void add_module(JsonBuilder *builder, const ksig_klp *klp, GBytes *module)
{
	g_auto(GStrv) compilers = ksig_elf_compilers(klp->name, module, NULL);
	const char *compiler = compilers ? compilers[0] : NULL;
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, module);

	ksig_json_add_if(builder, "module", klp->name);
	ksig_json_add_if(builder, "module_build_id", klp->build_id);
	ksig_json_add_if(builder, "compiler", compiler);
	add_functions(builder, klp);
	json_builder_set_member_name(builder, "files");
	json_builder_begin_object(builder);
	ksig_json_add_if(builder, "module.ko", digest);
	json_builder_end_object(builder);
}

static void add_head(JsonBuilder *builder, const struct ksig_live_manifest_options *options)
{
	ksig_json_add_if(builder, "kind", "livepatch-manifest");
	ksig_json_add_if(builder, "name", options->name);
	ksig_json_add_if(builder, "provider", options->provider);
	ksig_json_add_number(builder, "revision", options->revision);
	ksig_json_add_number(builder, "minimum_revision", options->minimum_revision);
	ksig_json_add_number(builder, "previous_revision", options->previous_revision);
	live_json_now(builder);
	ksig_json_add_if(builder, "expires", options->expires);
	ksig_json_add_if(builder, "build_id", options->build_id);
	ksig_json_add_if(builder, "release", options->release);
	ksig_json_add_if(builder, "tool", "ksig " KSIG_VERSION);
	ksig_json_add_list(builder, "cves", options->cves);
	ksig_json_add_list(builder, "unfixable", options->unfixable);
	ksig_json_add_list(builder, "fixed_by_kernel", options->fixed_by_kernel);
	json_builder_set_member_name(builder, "force_allowed");
	json_builder_add_boolean_value(builder, options->force_allowed);
}

static bool write_folder(const char *place, const struct ksig_live_manifest_options *options,
			 const ksig_klp *klp, GBytes *module, GError **error)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	g_autofree char *module_path = g_build_filename(place, "module.ko", NULL);
	g_autofree char *path = g_build_filename(place, "manifest.json", NULL);

	json_builder_begin_object(builder);
	add_head(builder, options);
	add_module(builder, klp, module);
	if (!ksig_directory_make(place, error) || !add_patches(builder, place, options->patches, error))
		return false;
	json_builder_end_object(builder);
	return ksig_bytes_write(module_path, module, error) &&
	       live_json_write_signed(path, builder, options->home, options->key, error);
}

static bool check_words(const struct ksig_live_manifest_options *options, GError **error)
{
	return live_words_check_expires(options->expires, error) &&
	       live_words_check_revisions(options->revision, options->minimum_revision,
					  options->previous_revision, error) &&
	       live_words_check_build_id(options->build_id, error) &&
	       live_words_check_cves("cve", options->cves, false, error) &&
	       live_words_check_cves("fixed-by-kernel", options->fixed_by_kernel, false, error) &&
	       live_words_check_cves("unfixable", options->unfixable, true, error);
}

bool ksig_live_manifest_write(const char *folder, const struct ksig_live_manifest_options *given,
			      GError **error)
{
	struct ksig_live_manifest_options options = *given;
	if (!check_words(given, error))
		return false;
	g_autoptr(GBytes) module = ksig_bytes_read(options.module_path, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);
	g_autoptr(ksig_klp) klp = module ? ksig_elf_klp_read(options.module_path, module, error) : NULL;
	g_autofree char *release = NULL, *name = NULL;

	if (!klp)
		return false;
	if (!klp->livepatch || !klp->name)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a live patch", options.module_path);
	if (!options.release && klp->vermagic)
		options.release = release = g_strndup(klp->vermagic, strcspn(klp->vermagic, " "));
	if (!options.name && options.release)
		options.name = name = ksig_live_package_name(options.release, NULL, error);
	if (!options.name)
		return !options.release &&
		       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: says no release; give a name",
				      options.module_path);
	g_autofree char *id = g_strdup_printf("%s-%" G_GINT64_FORMAT, options.name, options.revision);
	g_autofree char *place = g_build_filename(folder, id, NULL);
	if (!ksig_live_id_is_good(id))
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: letters, digits and ._+- expected",
				      options.name);
	return write_folder(place, &options, klp, module, error);
}
