/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signed index: which patch is released to which share of all machines, and what was halted. */
#include "live/index.h"

#include <string.h>

void ksig_live_index_clear(ksig_live_index *index)
{
	g_clear_pointer(&index->document, ksig_trust_document_free);
	g_clear_object(&index->parser);
}

bool ksig_live_index_parse(ksig_live_index *index, const char *what, GBytes *bytes, GError **error)
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

bool ksig_live_index_halts(const ksig_live_index *index, const char *id)
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

char *ksig_live_index_signature_name(GBytes *index)
{
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, index);

	return g_strdup_printf("index.%s.asc", digest);
}
