/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source's file from a folder or by HTTP, with a size limit and 600 s; one spelling for each source, so
 * that what was seen of it counts for all.
 */
#include "client/source-read-internal.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

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

bool client_source_is_url(const char *source)
{
	return g_str_has_prefix(source, "http://") || g_str_has_prefix(source, "https://");
}

GBytes *client_source_read(const char *source, const char *file, size_t limit_bytes, GError **error)
{
	if (client_source_is_url(source)) {
		g_autofree char *url = g_strdup_printf("%s/%s", source, file);
		return download(url, limit_bytes, error);
	}
	g_autofree char *path = g_build_filename(source, file, NULL);
	return ksig_bytes_read(path, limit_bytes, error);
}

char *client_source_spelling(const char *source)
{
	const GUriFlags flags = G_URI_FLAGS_SCHEME_NORMALIZE | G_URI_FLAGS_ENCODED_QUERY;
	g_autoptr(GUri) uri = client_source_is_url(source) ? g_uri_parse(source, flags, NULL) : NULL;
	const char *path = uri ? g_uri_get_path(uri) : source;
	g_autofree char *plain = g_canonicalize_filename(*path ? path : "/", uri ? "/" : NULL);

	if (!uri) {
		char *real = realpath(plain, NULL);
		char *folder = g_strdup(real ? real : plain);
		free(real);
		return folder;
	}
	g_autofree char *host = g_ascii_strdown(g_uri_get_host(uri) ? g_uri_get_host(uri) : "", -1);
	if (g_str_has_suffix(host, "."))
		host[strlen(host) - 1] = '\0';
	return g_uri_join(flags, g_uri_get_scheme(uri), NULL, host, g_uri_get_port(uri), plain,
			  g_uri_get_query(uri), NULL);
}
