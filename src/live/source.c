/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/client-internal.h"

#include <curl/curl.h>
#include <string.h>

static const char *const patch_files[] = {"manifest.json", "manifest.json.asc", "module.ko"};

/* ---- bytes of a source --------------------------------------------------------------------------- */

struct download {
	GByteArray *data;
	size_t limit_bytes;
};

static size_t take(char *data, size_t size, size_t count, void *user)
{
	struct download *download = user;

	if (size * count > download->limit_bytes - MIN(download->data->len, download->limit_bytes))
		return 0;
	g_byte_array_append(download->data, (const guint8 *) data, (guint) (size * count));
	return size * count;
}

static GBytes *download(const char *url, size_t limit_bytes, GError **error)
{
	g_autoptr(GByteArray) data = g_byte_array_new();
	struct download target = {.data = data, .limit_bytes = limit_bytes};
	CURL *curl = curl_easy_init();
	long status = 0;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 600L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &target);
	const CURLcode result = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (result != CURLE_OK || status != 200) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s (status %ld)", url,
			       curl_easy_strerror(result), status);
		return NULL;
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&data));
}

static GBytes *source_read(const char *source, const char *file, size_t limit_bytes, GError **error)
{
	if (g_str_has_prefix(source, "http://") || g_str_has_prefix(source, "https://")) {
		g_autofree char *url = g_strdup_printf("%s/%s", source, file);
		return download(url, limit_bytes, error);
	}
	g_autofree char *path = g_build_filename(source, file, NULL);
	return client_read(path, limit_bytes, error);
}

/* ---- the index ----------------------------------------------------------------------------------- */

struct source_index {
	ksig_document *document;
	JsonParser *parser;
	JsonObject *object;
	GBytes *bytes, *signature;
};

static void index_clear(struct source_index *index)
{
	ksig_document_free(index->document);
	g_clear_object(&index->parser);
	g_clear_pointer(&index->bytes, g_bytes_unref);
	g_clear_pointer(&index->signature, g_bytes_unref);
}
typedef struct source_index source_index;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(source_index, index_clear)

static bool index_open(ksig_live_client *client, const char *source, struct source_index *index,
		       GError **error)
{
	index->bytes = source_read(source, "index.json", LIVE_LIMIT_SMALL_BYTES, error);
	index->signature = index->bytes ? source_read(source, "index.json.asc", LIVE_LIMIT_SMALL_BYTES, error)
					: NULL;
	if (!index->signature)
		return false;
	g_autoptr(ksig_document) said = ksig_document_parse("index", index->bytes, error);
	if (!said)
		return false;
	g_autofree char *what = g_build_filename(source, "index.json", NULL);
	index->document = ksig_trust_open_document(client->trust, KSIG_ROLE_REPOSITORY, "livepatch-index",
						   what, index->bytes, index->signature,
						   client_seen(client, "index", said->provider), NULL, error);
	if (!index->document)
		return false;
	index->parser = json_parser_new_immutable();
	gsize length = 0;
	const char *text = g_bytes_get_data(index->bytes, &length);
	if (!ksig_json_load(index->parser, text, (gssize) length, error))
		return false;
	index->object = json_node_get_object(json_parser_get_root(index->parser));
	return true;
}

static JsonObject *inner(const struct source_index *index, const char *name)
{
	JsonNode *node = json_object_get_member(index->object, name);

	return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

unsigned ksig_live_ring_place(const char *machine_id)
{
	g_autofree char *salted = g_strconcat("ksig-ring ", machine_id, NULL);
	g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, salted, -1);
	char part[9] = "";

	memcpy(part, digest, 8);
	return (unsigned) (g_ascii_strtoull(part, NULL, 16) * 10000 >> 32);
}

/* True if the ring that the patch is released to reaches this machine, and nobody halted it. */
static bool is_for_us(ksig_live_client *client, const struct source_index *index, const char *id)
{
	JsonObject *releases = inner(index, "releases"), *rings = inner(index, "rings");
	JsonNode *halted = json_object_get_member(index->object, "halted");
	JsonArray *list = halted && JSON_NODE_HOLDS_ARRAY(halted) ? json_node_get_array(halted) : NULL;

	for (guint i = 0; list && i < json_array_get_length(list); i++)
		if (g_strcmp0(json_array_get_string_element(list, i), id) == 0)
			return false;
	const char *ring = releases ? json_object_get_string_member_with_default(releases, id, NULL) : NULL;
	if (!ring)
		return true;
	g_autofree char *machine = client_system_file(client, "/etc/machine-id");
	const gint64 percent = rings ? json_object_get_int_member_with_default(rings, ring, 0) : 0;
	return machine && (gint64) ksig_live_ring_place(machine) < percent * 100;
}

/* ---- into the store ------------------------------------------------------------------------------ */

static GBytes *file_checked(const struct source_index *index, const char *source, const char *id,
			    const char *file, GError **error)
{
	g_autofree char *name = id ? g_build_filename(id, file, NULL) : g_strdup(file);
	GBytes *bytes = source_read(source, name, LIVE_LIMIT_OBJECT_BYTES, error);

	if (!bytes || !index)
		return bytes;
	const char *wanted = g_hash_table_lookup(index->document->files, name);
	g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
	if (wanted && g_str_equal(wanted, digest))
		return bytes;
	g_bytes_unref(bytes);
	ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s/%s: not the file that the index names", source, name);
	return NULL;
}

static bool take_patch(ksig_live_client *client, const struct source_index *index, const char *source,
		       const char *id, const char *folder, GError **error)
{
	g_autofree char *place = g_build_filename(folder, id, NULL);

	(void) client;
	if (!ksig_directory_make(place, error))
		return false;
	/* The manifest comes last: a patch without one is not there. */
	for (size_t i = G_N_ELEMENTS(patch_files); i > 0; i--) {
		g_autofree char *path = g_build_filename(place, patch_files[i - 1], NULL);
		g_autoptr(GBytes)
			bytes = file_checked(index, source, index ? id : NULL, patch_files[i - 1], error);
		if (!bytes || !ksig_file_write(path, g_bytes_get_data(bytes, NULL),
					       (gssize) g_bytes_get_size(bytes), 0644, error))
			return false;
	}
	return true;
}

/* The manifest of ID if its livepatch key is good and it is for the kernel BUILD (NULL: for any). */
static ksig_live_manifest *look_at(ksig_live_client *client, const struct source_index *index,
				   const char *source, const char *id, const char *build, GError **error)
{
	g_autoptr(GBytes) bytes = file_checked(index, source, id, "manifest.json", error);
	g_autoptr(GBytes) signature = bytes ? file_checked(index, source, id, "manifest.json.asc", error)
					    : NULL;

	if (!signature)
		return NULL;
	g_autoptr(ksig_document)
		document = ksig_trust_open_document(client->trust, KSIG_ROLE_LIVEPATCH, "livepatch-manifest",
						    "manifest", bytes, signature, 0, NULL, error);
	g_autoptr(ksig_live_manifest) manifest = document ? ksig_live_manifest_parse(source, bytes, error)
							  : NULL;
	if (!manifest || (id && !g_str_equal(id, manifest->id)) ||
	    (build && !g_str_equal(manifest->document->build_id, build)))
		return NULL;
	return g_steal_pointer(&manifest);
}

static GPtrArray *ids_of(const struct source_index *index)
{
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iterator;
	gpointer name;

	g_hash_table_iter_init(&iterator, index->document->files);
	while (g_hash_table_iter_next(&iterator, &name, NULL))
		if (g_str_has_suffix(name, "/manifest.json"))
			g_ptr_array_add(ids, g_path_get_dirname(name));
	return ids;
}

static bool fetch_from_index(ksig_live_client *client, const struct source_index *index, const char *source,
			     const char *build, const char *folder, bool ring, char **out_id, GError **error)
{
	g_autoptr(GPtrArray) ids = ids_of(index);
	gint64 best = -1;

	for (guint i = 0; i < ids->len; i++) {
		const char *id = ids->pdata[i];
		g_autoptr(GError) reason = NULL;
		if (!client_id_is_good(id) || (ring && !is_for_us(client, index, id)))
			continue;
		g_autoptr(ksig_live_manifest) manifest = look_at(client, index, source, id, build, &reason);
		if (!manifest && reason)
			client_record(client, "passed over", id, reason->message);
		if (!manifest || manifest->document->revision < index->document->minimum_revision)
			continue;
		if (!take_patch(client, index, source, id, folder, error))
			return false;
		if (manifest->document->revision > best) {
			best = manifest->document->revision;
			g_free(*out_id);
			*out_id = g_strdup(id);
		}
	}
	return true;
}

static bool has_index(const char *source)
{
	g_autofree char *path = g_build_filename(source, "index.json", NULL);

	return strstr(source, "://") || g_file_test(path, G_FILE_TEST_EXISTS);
}

bool ksig_live_client_fetch(ksig_live_client *client, const char *source, char **out_id, GError **error)
{
	g_autofree char *build = client_running_build_id(client, error);
	g_autofree char *folder = client_path(client, "patches", NULL);
	g_auto(source_index) index = {0};
	g_autofree char *id = NULL;

	if (!build)
		return false;
	if (!has_index(source)) {
		g_autoptr(ksig_live_manifest) manifest = look_at(client, NULL, source, NULL, build, error);
		if (!manifest)
			return (error && *error)
				       ? false
				       : ksig_error_set(error, KSIG_ERROR_NEGATIVE,
							"%s: not for the running kernel (%s)", source, build);
		if (!take_patch(client, NULL, source, manifest->id, folder, error))
			return false;
		*out_id = g_strdup(manifest->id);
		return true;
	}
	if (!index_open(client, source, &index, error) ||
	    !fetch_from_index(client, &index, source, build, folder, true, &id, error))
		return false;
	client_see(client, "index", index.document->provider, index.document->revision);
	*out_id = g_steal_pointer(&id);
	return client_state_save(client, error);
}

bool ksig_live_client_mirror(ksig_live_client *client, const char *source, const char *folder, GError **error)
{
	g_auto(source_index) index = {0};
	g_autofree char *id = NULL, *index_path = g_build_filename(folder, "index.json", NULL);
	g_autofree char *signature_path = g_build_filename(folder, "index.json.asc", NULL);

	if (!index_open(client, source, &index, error) || !ksig_directory_make(folder, error) ||
	    !fetch_from_index(client, &index, source, NULL, folder, false, &id, error))
		return false;
	return ksig_file_write(signature_path, g_bytes_get_data(index.signature, NULL),
			       (gssize) g_bytes_get_size(index.signature), 0644, error) &&
	       ksig_file_write(index_path, g_bytes_get_data(index.bytes, NULL),
			       (gssize) g_bytes_get_size(index.bytes), 0644, error);
}
