/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sources of live patches: a folder or static host with an index, a folder of one patch, a package. */
#include "client/choose-internal.h"
#include "client/index-internal.h"
#include "client/source-index-internal.h"
#include "client/source-package-internal.h"
#include "client/source-read-internal.h"
#include "client/source-take-internal.h"
#include "client/state-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"

static GPtrArray *ids_of(const client_source_index *index)
{
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iterator;
	gpointer name;

	g_hash_table_iter_init(&iterator, index->index.document->files);
	while (g_hash_table_iter_next(&iterator, &name, NULL))
		if (g_str_has_suffix(name, "/manifest.json"))
			g_ptr_array_add(ids, g_path_get_dirname(name));
	return ids;
}

/* BUILD NULL: a mirror, which takes what is for any kernel and any ring. */
static bool is_wanted(ksig_client *client, const client_source_index *index, const char *id,
		      const char *build)
{
	return ksig_live_id_is_good(id) && (!build || (!ksig_live_index_halts(&index->index, id) &&
						       client_index_reaches(client, &index->index, id)));
}

static bool fetch_from_index(ksig_client *client, const client_source_index *index, const char *source,
			     const char *build, const char *folder, char **out_id, GError **error)
{
	g_autoptr(GPtrArray) ids = ids_of(index);
	gint64 best = -1;

	for (guint i = 0; i < ids->len; i++) {
		const char *id = ids->pdata[i];
		g_autoptr(GError) reason = NULL;
		if (!is_wanted(client, index, id, build))
			continue;
		g_auto(client_taking) taking = {0};
		if (!client_taking_look_at(client, index, source, id, build, &taking, &reason)) {
			if (reason)
				client_record(client, "passed over", id, reason->message);
			continue;
		}
		const gint64 revision = taking.manifest->document->revision;
		if (revision < index->index.document->minimum_revision)
			continue;
		if (!client_taking_put(client, index, source, folder, &taking, error))
			return false;
		if (revision > best) {
			best = revision;
			g_free(*out_id);
			*out_id = g_strdup(id);
		}
	}
	return true;
}

static bool fetch_index(ksig_client *client, const char *source, char **out_id, GError **error)
{
	g_autofree char *build = client_running_build_id(client, error);
	g_autofree char *folder = client_path(client, "patches", NULL);
	g_auto(client_source_index) index = {0};

	if (!build || !client_source_index_open(client, source, &index, error) ||
	    !fetch_from_index(client, &index, source, build, folder, out_id, error))
		return false;
	const ksig_document *document = index.index.document;
	client_see(client, "index", document->provider, document->revision);
	client_see(client, "clock", "index", client_now(client));
	return client_index_keep(client, document->provider, index.bytes, error);
}

/* ---- what a source is ---------------------------------------------------------------------------- */

static bool has(const char *source, const char *file)
{
	g_autofree char *path = g_build_filename(source, file, NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* A host is asked for an index first: it is the smaller file, and a dnf repository does not have one. */
static bool fetch_url(ksig_client *client, const char *source, char **out_id, GError **error)
{
	g_autoptr(GBytes)
		repomd = client_source_read(source, "repodata/repomd.xml", KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);

	return repomd ? client_source_repository(client, source, out_id, error)
		      : fetch_index(client, source, out_id, error);
}

static bool fetch(ksig_client *client, const char *source, char **out_id, GError **error)
{
	if (client_source_is_url(source))
		return fetch_url(client, source, out_id, error);
	if (has(source, "repodata/repomd.xml"))
		return client_source_repository(client, source, out_id, error);
	if (has(source, "index.json"))
		return fetch_index(client, source, out_id, error);
	if (g_file_test(source, G_FILE_TEST_IS_DIR))
		return client_source_take(client, source, out_id, error);
	return client_source_package(client, source, out_id, error);
}

/* What one source lacks does not keep the others from being asked. */
static bool fetch_configured(ksig_client *client, char **out_id, GError **error)
{
	char **sources = client->config.sources;
	g_autoptr(GError) first = NULL;

	if (!sources || !sources[0])
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "a source expected: a folder, an address, a package, or live.conf's");
	for (; *sources; sources++) {
		g_autoptr(GError) reason = NULL;
		g_autofree char *id = NULL;
		if (!fetch(client, *sources, &id, &reason)) {
			client_record(client, "source failed", NULL, reason->message);
			if (!first)
				first = g_steal_pointer(&reason);
		} else if (id) {
			g_free(*out_id);
			*out_id = g_steal_pointer(&id);
		}
	}
	if (!first)
		return true;
	g_propagate_error(error, g_steal_pointer(&first));
	return false;
}

bool ksig_client_fetch(ksig_client *client, const char *source, char **out_id, GError **error)
{
	g_autofree char *id = NULL;
	GError *reason = NULL;
	const bool good = source ? fetch(client, source, &id, &reason)
				 : fetch_configured(client, &id, &reason);

	/* What was taken from some is kept, also if another source failed. */
	if (!client_state_save(client, good ? &reason : NULL) || !good) {
		g_propagate_error(error, reason);
		return false;
	}
	*out_id = g_steal_pointer(&id);
	return true;
}

bool ksig_client_mirror(ksig_client *client, const char *source, const char *folder, GError **error)
{
	g_auto(client_source_index) index = {0};
	g_autofree char *id = NULL;

	return client_source_index_open(client, source, &index, error) &&
	       ksig_directory_make(folder, error) &&
	       fetch_from_index(client, &index, source, NULL, folder, &id, error) &&
	       ksig_live_index_publish(folder, index.bytes, index.signature, error);
}
