/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One patch of a source into the store: manifest and test result judged, the module compared with the
 * manifest, and the folder exchanged as a whole.
 */
#include "client/source-take-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"
#include "live/test-result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* The manifest comes last: a patch without one is not there. */
static const char *const patch_files[CLIENT_TAKING_FILES] = {"module.ko", "test.json", "test.json.asc",
							     "manifest.json.asc", "manifest.json"};

static bool is_optional(const char *file)
{
	return g_str_has_prefix(file, "test.json");
}

void client_taking_clear(client_taking *taking)
{
	g_clear_pointer(&taking->manifest, ksig_live_manifest_free);
	for (size_t i = 0; i < CLIENT_TAKING_FILES; i++)
		g_clear_pointer(&taking->files[i], g_bytes_unref);
}
static GBytes **file_of(client_taking *taking, const char *name)
{
	for (size_t i = 0; i < CLIENT_TAKING_FILES; i++)
		if (g_str_equal(patch_files[i], name))
			return &taking->files[i];
	return NULL;
}

/* A result that does not count must not take the place of one that does. */
static void forget_bad_test(ksig_client *client, client_taking *taking)
{
	GBytes **test = file_of(taking, "test.json"), **signature = file_of(taking, "test.json.asc");
	g_autoptr(ksig_document)
		result = *test && *signature ? ksig_trust_open_document(client->trust, KSIG_ROLE_LIVEPATCH,
									"livepatch-test", "test.json", *test,
									*signature, 0, NULL, NULL)
					     : NULL;

	if (result && ksig_live_test_is_of(result, *test, taking->manifest))
		return;
	g_clear_pointer(test, g_bytes_unref);
	g_clear_pointer(signature, g_bytes_unref);
}

static bool module_fits(const client_taking *taking, GBytes *module, const char *source, GError **error)
{
	const char *wanted = g_hash_table_lookup(taking->manifest->document->files, "module.ko");
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, module);

	return g_strcmp0(wanted, digest) == 0 ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			      "%s: module.ko is not the one that manifest %s was signed for", source,
			      taking->manifest->id);
}

/* Reads what else the patch of TAKING's manifest has. */
static bool read_rest(ksig_client *client, const client_source_index *index, const char *source,
		      client_taking *taking, GError **error)
{
	const char *id = taking->manifest->id;

	for (size_t i = 0; i < CLIENT_TAKING_FILES; i++) {
		const char *file = patch_files[i];
		if (taking->files[i] || (is_optional(file) && !client_source_has(index, source, id, file)))
			continue;
		taking->files[i] = client_source_file(index, source, index ? id : NULL, file, error);
		if (!taking->files[i])
			return false;
	}
	forget_bad_test(client, taking);
	return module_fits(taking, *file_of(taking, "module.ko"), source, error);
}

static bool write_file(const char *folder, const char *name, GBytes *bytes, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	return ksig_bytes_write(path, bytes, error);
}

/* The result of an earlier test of the same module stays. */
static bool keep_old_test(const char *place, const char *aside, const client_taking *taking, GError **error)
{
	g_autofree char *test = g_build_filename(place, "test.json", NULL);
	g_autofree char *signature = g_build_filename(place, "test.json.asc", NULL);
	g_autoptr(GBytes) bytes = ksig_bytes_read(test, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);
	g_autoptr(GBytes) mark = ksig_bytes_read(signature, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);

	return !bytes || !mark || !ksig_live_test_fits(test, bytes, taking->manifest) ||
	       (write_file(aside, "test.json", bytes, error) &&
		write_file(aside, "test.json.asc", mark, error));
}

/* FOLDER/ID becomes the patch as a whole, or stays what it was. */
static bool put(const char *folder, client_taking *taking, GError **error)
{
	g_autofree char *place = g_build_filename(folder, taking->manifest->id, NULL);
	g_autoptr(ksig_scratch) aside = ksig_directory_own(folder, error)
						? ksig_directory_temporary(folder, ".taking", error)
						: NULL;

	for (size_t i = 0; aside && i < CLIENT_TAKING_FILES; i++)
		if (taking->files[i] && !write_file(aside, patch_files[i], taking->files[i], error))
			return false;
	if (!aside || (!*file_of(taking, "test.json") && !keep_old_test(place, aside, taking, error)))
		return false;
	/* What was there is in ASIDE then, and goes with it. */
	if (renameat2(AT_FDCWD, aside, AT_FDCWD, place, RENAME_EXCHANGE) == 0 ||
	    (errno == ENOENT && rename(aside, place) == 0))
		return true;
	return ksig_error_errno(error, errno, "%s", place);
}

bool client_taking_put(ksig_client *client, const client_source_index *index, const char *source,
		       const char *folder, client_taking *taking, GError **error)
{
	return read_rest(client, index, source, taking, error) && put(folder, taking, error);
}

bool client_taking_look_at(ksig_client *client, const client_source_index *index, const char *source,
			   const char *id, const char *build, client_taking *taking, GError **error)
{
	g_autoptr(GBytes) bytes = client_source_file(index, source, id, "manifest.json", error);
	g_autoptr(GBytes)
		signature = bytes ? client_source_file(index, source, id, "manifest.json.asc", error) : NULL;

	if (!signature)
		return false;
	g_autoptr(ksig_document)
		document = ksig_trust_open_document(client->trust, KSIG_ROLE_LIVEPATCH, "livepatch-manifest",
						    "manifest", bytes, signature, 0, NULL, error);
	g_autoptr(ksig_live_manifest) manifest = document ? ksig_live_manifest_parse(source, bytes, error)
							  : NULL;
	if (!manifest || (id && !g_str_equal(id, manifest->id)) ||
	    (build && !g_str_equal(manifest->document->build_id, build)))
		return false;
	taking->manifest = g_steal_pointer(&manifest);
	*file_of(taking, "manifest.json") = g_steal_pointer(&bytes);
	*file_of(taking, "manifest.json.asc") = g_steal_pointer(&signature);
	return true;
}

bool client_source_take(ksig_client *client, const char *source, char **out_id, GError **error)
{
	g_autofree char *build = client_running_build_id(client, error);
	g_autofree char *folder = client_path(client, "patches", NULL);
	g_autoptr(GError) reason = NULL;

	if (!build)
		return false;
	g_auto(client_taking) taking = {0};
	const bool good = client_taking_look_at(client, NULL, source, NULL, build, &taking, &reason);
	if (!good && !reason)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not for the running kernel (%s)",
				      source, build);
	if (!good) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	if (!client_taking_put(client, NULL, source, folder, &taking, error))
		return false;
	*out_id = g_strdup(taking.manifest->id);
	return true;
}
