/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP for the hub, by libcurl, and libcurl's errors as ours. */
#include "engine/koji-http-internal.h"
#include "engine/xmlrpc-internal.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>

enum {
	CONNECT_TIMEOUT_S = 30,
	STALL_TIMEOUT_S = 120,
	REPLY_TIMEOUT_S = 600,
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURL, curl_easy_cleanup)
typedef struct curl_slist curl_headers;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(curl_headers, curl_slist_free_all)

static size_t take_bytes(char *data, size_t size, size_t count, void *user)
{
	GByteArray *reply = user;

	if (reply->len + size * count > XMLRPC_LIMIT_BYTES)
		return 0;
	g_byte_array_append(reply, (const guint8 *) data, (guint) (size * count));
	return size * count;
}

struct file_sink {
	FILE *file;
	guint64 left_bytes;
};

static size_t take_file(char *data, size_t size, size_t count, void *user)
{
	struct file_sink *sink = user;
	const size_t length = size * count;

	if (length > sink->left_bytes)
		return 0;
	sink->left_bytes -= length;
	return fwrite(data, 1, length, sink->file);
}

static CURL *prepare(const char *url, const struct koji_http_options *options)
{
	static gsize initialised;

	if (g_once_init_enter(&initialised)) {
		curl_global_init(CURL_GLOBAL_DEFAULT);
		g_once_init_leave(&initialised, 1);
	}
	CURL *curl = curl_easy_init();
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long) CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long) REPLY_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long) STALL_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "ksig/" KSIG_VERSION);
	if (options->certificate)
		curl_easy_setopt(curl, CURLOPT_SSLCERT, options->certificate);
	if (options->server_authority)
		curl_easy_setopt(curl, CURLOPT_CAINFO, options->server_authority);
	if (options->negotiate) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_NEGOTIATE);
		curl_easy_setopt(curl, CURLOPT_USERPWD, ":");
	}
	return curl;
}

static curl_headers *headers_of(const struct koji_http_options *options)
{
	g_autofree char *type = g_strdup_printf("Content-Type: %s",
						options->content_type ? options->content_type : "text/xml");
	curl_headers *headers = curl_slist_append(NULL, type);

	/* Not "100-continue" first, which costs a second where a hub does not know it. */
	headers = curl_slist_append(headers, "Expect:");
	for (const char *const *header = options->headers; header && *header; header++)
		headers = curl_slist_append(headers, *header);
	return headers;
}

/* What the next try meets as well: an address, a certificate. */
static bool is_final(CURLcode code)
{
	return code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ||
	       code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM ||
	       code == CURLE_SSL_CACERT_BADFILE || code == CURLE_LOGIN_DENIED;
}

/* A request that is wrong stays so, but for one that came too early, too often or too slowly. */
static bool status_is_final(long status)
{
	return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
}

static bool judge(CURL *curl, CURLcode got, const char *url, bool *out_final, GError **error)
{
	long status = 0;

	if (out_final)
		*out_final = is_final(got);

	if (got != CURLE_OK)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", url, curl_easy_strerror(got));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (out_final)
		*out_final = status_is_final(status);
	if (status != 200)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: HTTP status %ld", url, status);
	return true;
}

/* What a message may show of an address: without the session that stands after the question mark. */
static char *shown(const char *url)
{
	return g_strndup(url, strcspn(url, "?"));
}

GBytes *koji_http_post(const char *url, const struct koji_http_options *options, GBytes *body,
		       bool *out_final, GError **error)
{
	g_autoptr(CURL) curl = prepare(url, options);
	g_autoptr(curl_headers) headers = headers_of(options);
	g_autoptr(GByteArray) reply = g_byte_array_new();
	g_autofree char *name = shown(url);
	gsize length_bytes = 0;
	const char *data = g_bytes_get_data(body, &length_bytes);

	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) length_bytes);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, data ? data : "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
	if (!judge(curl, curl_easy_perform(curl), name, out_final, error))
		return NULL;
	return g_byte_array_free_to_bytes(g_steal_pointer(&reply));
}

bool koji_http_get(const char *url, const struct koji_http_options *options, const char *path,
		   guint64 size_bytes, GError **error)
{
	g_autoptr(CURL) curl = prepare(url, options);
	struct file_sink sink = {.file = fopen(path, "wbe"), .left_bytes = size_bytes};

	if (!sink.file)
		return ksig_error_errno(error, errno, "%s", path);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_file);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
	const bool good = judge(curl, curl_easy_perform(curl), url, NULL, error);
	if (fclose(sink.file) != 0 && good)
		return ksig_error_errno(error, errno, "%s", path);
	if (good && sink.left_bytes > 0)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "%s: %" G_GUINT64_FORMAT " bytes are missing", url, sink.left_bytes);
	return good;
}
