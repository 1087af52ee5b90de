/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signed result of the release gate, beside the manifest: test.json says of exactly one module, by its
 * digest, that it was loaded, replaced, held up, reversed and rolled back on exactly its kernel.
 */
#include "live/test-result.h"
#include "live/manifest.h"
#include "rpm/rpm.h"

#include <string.h>

#define WORDS "I publish what was not tested"

char *ksig_live_test_verdict(GBytes *test)
{
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	gsize length = 0;
	const char *text = g_bytes_get_data(test, &length);
	JsonNode *root = ksig_json_load(parser, text, (gssize) length, NULL) ? json_parser_get_root(parser)
									     : NULL;

	return root && JSON_NODE_HOLDS_OBJECT(root)
		       ? g_strdup(ksig_json_string(json_node_get_object(root), "verdict"))
		       : NULL;
}

bool ksig_live_test_waived(const char *words, bool *out_waived, GError **error)
{
	*out_waived = g_strcmp0(words, WORDS) == 0;
	return !words || *out_waived ||
	       ksig_error_set(error, KSIG_ERROR_USAGE, "to publish without a test, say '" WORDS "'");
}

bool ksig_live_test_refused(GError **error)
{
	g_prefix_error(error, "release gate (without it: --untested '" WORDS "'): ");
	return false;
}

/* RESULT is about the module that MANIFEST is about, and all that was run went well. */
bool ksig_live_test_is_of(const ksig_document *result, GBytes *bytes, const ksig_live_manifest *manifest)
{
	const ksig_document *of = manifest->document;
	const char *tested = g_hash_table_lookup(result->files, "module.ko");
	const char *module = g_hash_table_lookup(of->files, "module.ko");
	g_autofree char *verdict = ksig_live_test_verdict(bytes);

	return g_str_equal(result->name, of->name) && result->revision == of->revision &&
	       g_strcmp0(result->build_id, of->build_id) == 0 && tested && g_strcmp0(tested, module) == 0 &&
	       g_strcmp0(verdict, "passed") == 0;
}

bool ksig_live_test_fits(const char *what, GBytes *bytes, const ksig_live_manifest *manifest)
{
	g_autoptr(ksig_document) result = ksig_trust_document_parse(what, bytes, NULL);

	return result && g_str_equal(result->kind, "livepatch-test") &&
	       ksig_live_test_is_of(result, bytes, manifest);
}

/* ---- before it is published ---------------------------------------------------------------------- */

static char *signer_of(const char *folder, const char *file, const char *home, GError **error)
{
	g_autofree char *path = g_build_filename(folder, file, NULL);
	g_autofree char *signature_path = g_strconcat(path, ".asc", NULL);
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, error);
	g_autoptr(GBytes)
		signature = bytes ? ksig_bytes_read(signature_path, KSIG_LIVE_LIMIT_SMALL_BYTES, error)
				  : NULL;

	return signature ? ksig_rpm_signer_of(home, path, bytes, signature, error) : NULL;
}

static bool has_result(const char *folder, const ksig_live_manifest *manifest, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "test.json", NULL);
	g_autofree char *signature_path = g_strconcat(path, ".asc", NULL);

	if (!g_file_test(path, G_FILE_TEST_EXISTS) || !g_file_test(signature_path, G_FILE_TEST_EXISTS))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: no result of ksig live test is beside it", folder);
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, error);
	if (!bytes)
		return false;
	return ksig_live_test_fits(path, bytes, manifest) ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			      "%s: not the result of a test that this patch passed", path);
}

bool ksig_live_test_is_beside(const char *folder, const ksig_live_manifest *manifest)
{
	return has_result(folder, manifest, NULL);
}

static bool check(const char *folder, const ksig_live_manifest *manifest, const char *home, bool signatures,
		  GError **error)
{
	if (!has_result(folder, manifest, error))
		return false;
	if (!signatures)
		return true;
	g_autofree char *of_test = signer_of(folder, "test.json", home, error);
	g_autofree char *of_manifest = of_test ? signer_of(folder, "manifest.json", home, error) : NULL;
	return of_manifest &&
	       (g_str_equal(of_test, of_manifest) ||
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s/test.json: signed by %s, the manifest by %s",
			       folder, of_test, of_manifest));
}

bool ksig_live_test_check(const char *folder, const ksig_live_manifest *manifest,
			  const struct ksig_live_test_check *how, GError **error)
{
	bool waived = false;

	if (!ksig_live_test_waived(how->words, &waived, error) || waived)
		return waived;
	return check(folder, manifest, how->home, how->signatures, error) || ksig_live_test_refused(error);
}
