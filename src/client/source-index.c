/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signed index of a source: fetched, verified, asked again in the gap between two publications; its files
 * checked by sum. */
#include "client/source-index-internal.h"
#include "client/index-internal.h"
#include "client/source-read-internal.h"

enum { INDEX_ATTEMPTS = 5, INDEX_PAUSE_US = 50000 };

void client_source_index_clear(client_source_index *source)
{
	ksig_live_index_clear(&source->index);
	g_clear_pointer(&source->bytes, g_bytes_unref);
	g_clear_pointer(&source->signature, g_bytes_unref);
}

/* By the name of what it signs; older sources have the plain name alone. */
static GBytes *read_signature(const char *source, GBytes *index, GError **error)
{
	g_autofree char *name = ksig_live_index_signature_name(index);
	GBytes *signature = client_source_read(source, name, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL);

	return signature ? signature
			 : client_source_read(source, "index.json.asc", KSIG_LIVE_LIMIT_SMALL_BYTES, error);
}

static bool index_open_once(ksig_client *client, const char *source, client_source_index *index,
			    struct ksig_trust_verdict *verdict, GError **error)
{
	g_autofree char *what = g_build_filename(source, "index.json", NULL);

	index->bytes = client_source_read(source, "index.json", KSIG_LIVE_LIMIT_SMALL_BYTES, error);
	index->signature = index->bytes ? read_signature(source, index->bytes, error) : NULL;
	if (!index->signature)
		return false;
	g_autoptr(ksig_document) said = ksig_trust_document_parse("index", index->bytes, error);
	if (!said)
		return false;
	index->index.document = ksig_trust_open_document(
		client->trust, KSIG_ROLE_REPOSITORY, "livepatch-index", what, index->bytes, index->signature,
		client_index_seen(client, said->provider), verdict, error);
	return index->index.document && ksig_live_index_parse(&index->index, what, index->bytes, error);
}

/* A source whose signature has the plain name alone may be between two publications: it is asked again. */
bool client_source_index_open(ksig_client *client, const char *source, client_source_index *index,
			      GError **error)
{
	GError *reason = NULL;

	for (int attempt = 0; attempt < INDEX_ATTEMPTS; attempt++) {
		struct ksig_trust_verdict verdict = {0};
		g_clear_error(&reason);
		client_source_index_clear(index);
		const bool good = index_open_once(client, source, index, &verdict, &reason);
		const bool is_gap = verdict.refusal == KSIG_REFUSAL_TAMPERED;
		ksig_trust_verdict_clear(&verdict);
		if (good)
			return true;
		if (!is_gap)
			break;
		g_usleep(INDEX_PAUSE_US << attempt);
	}
	g_propagate_error(error, reason);
	return false;
}

bool client_source_has(const client_source_index *index, const char *source, const char *id, const char *file)
{
	g_autofree char *name = g_build_filename(index ? id : source, file, NULL);

	return index ? g_hash_table_contains(index->index.document->files, name)
		     : g_file_test(name, G_FILE_TEST_EXISTS);
}

GBytes *client_source_file(const client_source_index *index, const char *source, const char *id,
			   const char *file, GError **error)
{
	g_autofree char *name = id ? g_build_filename(id, file, NULL) : g_strdup(file);
	GBytes *bytes = client_source_read(source, name, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);

	if (!bytes || !index)
		return bytes;
	const char *wanted = g_hash_table_lookup(index->index.document->files, name);
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
	if (wanted && g_str_equal(wanted, digest))
		return bytes;
	g_bytes_unref(bytes);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s/%s: not the file that the index names", source, name);
	return NULL;
}
