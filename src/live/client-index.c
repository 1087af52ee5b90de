/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signed index: which patch is released to which share of all machines, and what was halted. */
#include "live/client-internal.h"

#include <string.h>

void client_index_clear(client_index *index)
{
	g_clear_pointer(&index->document, ksig_trust_document_free);
	g_clear_object(&index->parser);
}

bool client_index_parse(client_index *index, const char *what, GBytes *bytes, GError **error)
{
	gsize length = 0;
	const char *text = g_bytes_get_data(bytes, &length);

	if (!index->document)
		index->document = ksig_trust_document_parse(what, bytes, error);
	if (!index->document)
		return false;
	index->parser = json_parser_new_immutable();
	if (!ksig_json_load(index->parser, text, (gssize) length, error))
		return false;
	index->object = json_node_get_object(json_parser_get_root(index->parser));
	return true;
}

static char *kept_path(const ksig_live_client *client, const char *provider)
{
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, provider, -1);
	g_autofree char *base = g_strconcat(digest, ".json", NULL);

	return client_path(client, "indexes", base, NULL);
}

bool client_index_keep(ksig_live_client *client, const char *provider, GBytes *bytes, GError **error)
{
	g_autofree char *path = kept_path(client, provider);
	g_autofree char *folder = g_path_get_dirname(path);

	return ksig_directory_make(folder, error) &&
	       ksig_file_write(path, g_bytes_get_data(bytes, NULL), (gssize) g_bytes_get_size(bytes), 0644,
			       error);
}

bool client_index_kept(ksig_live_client *client, const char *provider, client_index *index)
{
	g_autofree char *path = kept_path(client, provider);
	g_autoptr(GBytes) bytes = g_file_test(path, G_FILE_TEST_EXISTS)
					  ? ksig_bytes_read(path, LIVE_LIMIT_SMALL_BYTES, NULL)
					  : NULL;

	return bytes && client_index_parse(index, path, bytes, NULL);
}

bool client_index_halts(const client_index *index, const char *id)
{
	g_auto(GStrv) halted = ksig_json_strings(index->object, "halted");

	return g_strv_contains((const char *const *) halted, id);
}

unsigned ksig_live_ring_place(const char *machine_id)
{
	g_autofree char *salted = g_strconcat("ksig-ring ", machine_id, NULL);
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, salted, -1);
	char part[9] = "";

	memcpy(part, digest, 8);
	return (unsigned) (g_ascii_strtoull(part, NULL, 16) * 10000 >> 32);
}

bool client_index_reaches(ksig_live_client *client, const client_index *index, const char *id)
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
