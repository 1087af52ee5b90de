/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last signed index of each provider, kept: which patch is released to which share of all machines, and
 * what was halted. */
#include "client/index-internal.h"
#include "client/state-internal.h"
#include "client/store-internal.h"
#include "client/system-internal.h"
#include "live/index.h"
#include "live/manifest.h"

static char *kept_path(const ksig_client *client, const char *provider)
{
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, provider, -1);
	g_autofree char *base = g_strconcat(digest, ".json", NULL);

	return client_path(client, "indexes", base, NULL);
}

bool client_index_keep(ksig_client *client, const char *provider, GBytes *bytes, GError **error)
{
	g_autofree char *path = kept_path(client, provider);
	g_autofree char *folder = g_path_get_dirname(path);

	return ksig_directory_own(folder, error) && ksig_bytes_write(path, bytes, error);
}

static bool read_kept(ksig_client *client, const char *provider, ksig_live_index *index)
{
	g_autofree char *path = kept_path(client, provider);
	g_autoptr(GBytes) bytes = ksig_bytes_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);

	return bytes && ksig_live_index_parse(index, path, bytes, NULL) &&
	       g_strcmp0(index->document->provider, provider) == 0;
}

/* A halt that is forgotten would be none: what was seen once has to be there, and no older. */
enum client_kept client_index_kept(ksig_client *client, const char *provider, ksig_live_index *index)
{
	g_autofree char *path = kept_path(client, provider);
	const gint64 seen = client_seen(client, "index", provider);

	if (read_kept(client, provider, index))
		return index->document->revision < seen ? CLIENT_KEPT_LOST : CLIENT_KEPT;
	return seen || g_file_test(path, G_FILE_TEST_EXISTS) ? CLIENT_KEPT_LOST : CLIENT_KEPT_NONE;
}

gint64 client_index_seen(ksig_client *client, const char *provider)
{
	g_auto(ksig_live_index) index = {0};
	const gint64 seen = client_seen(client, "index", provider);

	return read_kept(client, provider, &index) ? MAX(seen, index.document->revision) : seen;
}

bool client_index_reaches(ksig_client *client, const ksig_live_index *index, const char *id)
{
	JsonObject *releases = ksig_json_object(index->object, "releases");
	JsonObject *rings = ksig_json_object(index->object, "rings");

	/* A patch without a ring is for everybody. */
	if (!releases || !json_object_has_member(releases, id))
		return true;
	g_autofree char *machine = client_system_file(client, "/etc/machine-id");
	const char *ring = ksig_json_string(releases, id);
	const gint64 percent = ring ? ksig_json_integer(rings, ring, 0) : 0;
	return machine && (gint64) ksig_live_ring_place(machine) < CLAMP(percent, 0, 100) * 100;
}
