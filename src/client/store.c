/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live patches on the machine, fetched ones below patches/ before those of packages; whether policy accepts
 * one for the running kernel, and whether its test result is signed.
 */
#include "client/store-internal.h"
#include "client/client-internal.h"
#include "client/package-kernel-internal.h"
#include "client/system-internal.h"
#include "live/manifest.h"
#include "live/package.h"
#include "live/test-result.h"

#include <stdarg.h>
#include <string.h>

char *client_path(const ksig_client *client, const char *first, ...)
{
	va_list arguments;

	va_start(arguments, first);
	g_autofree char *rest = g_build_filename_valist(first, &arguments);
	va_end(arguments);
	return g_build_filename(client->folder, rest, NULL);
}

/* What was fetched, or else what came as a package: that is never copied, so it goes with its package. */
char *client_store(const ksig_client *client, const char *id, const char *file)
{
	g_autofree char *fetched = client_path(client, "patches", id, "manifest.json", NULL);
	g_autofree char *packaged = g_build_filename(client->root, KSIG_LIVE_PACKAGED, id, file, NULL);

	if (!g_file_test(fetched, G_FILE_TEST_EXISTS) && g_file_test(packaged, G_FILE_TEST_EXISTS))
		return g_steal_pointer(&packaged);
	return client_path(client, "patches", id, file, NULL);
}

ksig_live_manifest *client_manifest(const ksig_client *client, const char *id, GError **error)
{
	if (!ksig_live_id_is_good(id)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not the id of a patch", id);
		return NULL;
	}
	g_autofree char *path = client_store(client, id, "manifest.json");
	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: no such patch in the store", id);
		return NULL;
	}
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, error);
	return bytes ? ksig_live_manifest_parse(path, bytes, error) : NULL;
}

static int by_revision(gconstpointer a, gconstpointer b)
{
	const ksig_live_manifest *x = *(void *const *) a, *y = *(void *const *) b;

	return (x->document->revision > y->document->revision) -
	       (x->document->revision < y->document->revision);
}

static void add_manifests(const ksig_client *client, const char *folder, const char *build, GHashTable *known,
			  GPtrArray *list)
{
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *id;

	while (directory && (id = g_dir_read_name(directory)) && list->len < CLIENT_LIMIT_PATCHES) {
		g_autoptr(ksig_live_manifest) manifest = NULL;
		if (!g_hash_table_add(known, g_strdup(id)))
			continue;
		manifest = client_manifest(client, id, NULL);
		if (manifest && (!build || g_str_equal(manifest->document->build_id, build)))
			g_ptr_array_add(list, g_steal_pointer(&manifest));
	}
}

GPtrArray *client_manifests(const ksig_client *client, const char *build)
{
	g_autofree char *fetched = client_path(client, "patches", NULL);
	g_autofree char *packaged = g_build_filename(client->root, KSIG_LIVE_PACKAGED, NULL);
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_live_manifest_free);

	add_manifests(client, fetched, build, known, list);
	add_manifests(client, packaged, build, known, list);
	g_ptr_array_sort(list, by_revision);
	return list;
}

/* Fills EVIDENCE with the files of patch ID; what is not there stays NULL and is refused later. */
static bool gather(ksig_client *client, const char *id, struct ksig_trust_evidence *evidence, GError **error)
{
	g_autofree char *module = client_store(client, id, "module.ko");
	g_autofree char *manifest = client_store(client, id, "manifest.json");
	g_autofree char *signature = client_store(client, id, "manifest.json.asc");

	evidence->module = ksig_bytes_read(module, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);
	evidence->manifest = evidence->module ? ksig_bytes_read(manifest, KSIG_LIVE_LIMIT_SMALL_BYTES, error)
					      : NULL;
	evidence->manifest_signature = ksig_bytes_read(signature, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);
	return evidence->manifest != NULL;
}

bool client_accepts(ksig_client *client, const char *id, gint64 seen, GError **error)
{
	g_autofree char *running = client_running_build_id(client, error);
	struct ksig_trust_evidence evidence = {
		.running_build_id = running,
		.module_name = "module.ko",
		.seen_patch = seen,
		.module_signature_needed = client_signatures_enforced(client),
	};

	if (!running)
		return false;
	g_autofree char *base = g_strconcat(running, ".rpm", NULL);
	g_autofree char *package = client_path(client, "kernels", base, NULL);
	g_autofree char *build = NULL;
	if (g_file_test(package, G_FILE_TEST_EXISTS)) {
		evidence.kernel_package = package;
		build = client_package_build_id(package, NULL);
		evidence.kernel_build_id = build;
	}
	const bool good = gather(client, id, &evidence, error) &&
			  ksig_trust_accept(client->trust, &evidence, NULL, error);
	g_clear_pointer(&evidence.module, g_bytes_unref);
	g_clear_pointer(&evidence.manifest, g_bytes_unref);
	g_clear_pointer(&evidence.manifest_signature, g_bytes_unref);
	return good;
}

bool client_is_tested(ksig_client *client, const ksig_live_manifest *manifest)
{
	g_autofree char *path = client_store(client, manifest->id, "test.json");
	g_autofree char *signature_path = client_store(client, manifest->id, "test.json.asc");
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);
	g_autoptr(GBytes)
		signature = bytes ? ksig_bytes_read(signature_path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL) : NULL;

	if (!signature)
		return false;
	g_autoptr(ksig_document) result = ksig_trust_open_document(
		client->trust, KSIG_ROLE_LIVEPATCH, "livepatch-test", path, bytes, signature, 0, NULL, NULL);
	return result && ksig_live_test_is_of(result, bytes, manifest);
}
