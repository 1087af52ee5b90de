/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file copied, or fetched by HTTP with a size limit, into place at once (.part, then renamed). */
#include "kernel/fetch-internal.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

struct sink {
	FILE *stream;
	uint64_t left_bytes;
	bool is_over;
};

static size_t take(char *data, size_t size, size_t count, void *user)
{
	struct sink *sink = user;
	size_t bytes = size * count;

	if (bytes > sink->left_bytes) {
		sink->is_over = true;
		return 0;
	}
	sink->left_bytes -= bytes;
	return fwrite(data, 1, bytes, sink->stream);
}

static bool fetch_url(const char *url, struct sink *sink, GError **error)
{
	char detail[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_easy_init();

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
	CURLcode code = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	if (sink->is_over)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: larger than is sensible", url);
	if (code != CURLE_OK)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", url,
				      *detail ? detail : curl_easy_strerror(code));
	return true;
}

static bool copy_file(const char *from, struct sink *sink, GError **error)
{
	char buffer[1 << 16];
	size_t length;
	const int fd = ksig_file_open(from, error);
	FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (!stream)
		return false;
	while ((length = fread(buffer, 1, sizeof(buffer), stream)) > 0)
		if (take(buffer, 1, length, sink) != length)
			break;
	bool is_bad = ferror(stream);
	int saved = errno;
	fclose(stream);
	if (is_bad)
		return ksig_error_errno(error, saved, "%s", from);
	if (sink->is_over)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: larger than is sensible", from);
	return true;
}

bool kernel_fetch(const char *location, const char *path, uint64_t limit_bytes, GError **error)
{
	g_autofree char *part = g_strconcat(path, ".part", NULL);
	struct sink sink = {.stream = fopen(part, "we"), .left_bytes = limit_bytes};

	if (!sink.stream)
		return ksig_error_errno(error, errno, "%s", part);
	bool good = g_str_has_prefix(location, "http://") || g_str_has_prefix(location, "https://")
			    ? fetch_url(location, &sink, error)
			    : copy_file(location, &sink, error);
	bool is_bad = ferror(sink.stream);
	int saved = errno;
	if (fclose(sink.stream) != 0)
		is_bad = true, saved = errno;
	if (good && is_bad)
		good = ksig_error_errno(error, saved, "%s", part);
	good = good && ksig_file_place(part, path, error);
	if (!good)
		remove(part);
	return good;
}
