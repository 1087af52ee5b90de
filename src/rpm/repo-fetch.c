/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a repository, from a folder or over HTTP by libcurl, and libcurl's errors as ours. */
#include "rpm/metadata.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CONNECT_TIMEOUT_S = 20,
	STALL_TIMEOUT_S = 30, /* less than a byte a second for so long */
	REDIRECTS = 5,
	ATTEMPTS = 3,
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURL, curl_easy_cleanup)

static bool is_url(const char *location)
{
	return g_str_has_prefix(location, "http://") || g_str_has_prefix(location, "https://");
}

/* A folder, also as .repo files call it. */
static const char *folder_of(const char *location)
{
	return g_str_has_prefix(location, "file:///") ? location + strlen("file://") : location;
}

struct sink {
	FILE *file;
	guint64 limit_bytes, got_bytes;
};

static size_t take(char *data, size_t size, size_t count, void *user)
{
	struct sink *sink = user;
	const size_t length = size * count;

	sink->got_bytes += length;
	if (sink->got_bytes > sink->limit_bytes)
		return 0;
	return fwrite(data, 1, length, sink->file);
}

static CURLcode get_once(const char *url, struct sink *sink, long *out_status)
{
	static gsize initialised;
	if (g_once_init_enter(&initialised)) {
		curl_global_init(CURL_GLOBAL_DEFAULT);
		g_once_init_leave(&initialised, 1);
	}
	g_autoptr(CURL) curl = curl_easy_init();
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long) REDIRECTS);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long) CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long) STALL_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "ksig/" KSIG_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
	const CURLcode got = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, out_status);
	return got;
}

static bool get(const char *url, guint64 limit_bytes, FILE *file, GError **error)
{
	struct sink sink = {.file = file, .limit_bytes = limit_bytes};
	CURLcode got = CURLE_OK;
	long status = 0;

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (attempt > 0)
			g_usleep(200000UL << attempt);
		rewind(file);
		sink.got_bytes = 0;
		got = get_once(url, &sink, &status);
		/* What the server refuses or what is too large is so the next time as well. */
		if (got == CURLE_OK || (status >= 400 && status < 500) || sink.got_bytes > limit_bytes)
			break;
	}
	if (sink.got_bytes > limit_bytes)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %" G_GUINT64_FORMAT " bytes",
				      url, limit_bytes);
	if (got == CURLE_OK)
		return true;
	if (status == 404)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not there (404)", url);
	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", url, curl_easy_strerror(got));
}

static bool path_is_good(const char *location, const char *path, GError **error)
{
	if (ksig_path_is_safe(path))
		return true;
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s: leads out of the repository", location, path);
}

static char *url_of(const char *location, const char *path)
{
	const bool slash = g_str_has_suffix(location, "/");
	g_autofree char *escaped = g_uri_escape_string(path, "/", FALSE);

	return g_strconcat(location, slash ? "" : "/", escaped, NULL);
}

bool ksig_rpm_fetch_file(const char *location, const char *path, guint64 limit_bytes, const char *to,
			 GError **error)
{
	g_autofree char *url = url_of(location, path);
	FILE *file = NULL;

	if (!path_is_good(location, path, error))
		return false;
	file = fopen(to, "wbe");
	if (!file)
		return ksig_error_errno(error, errno, "%s", to);
	bool good = get(url, limit_bytes, file, error);
	if (fclose(file) != 0 && good)
		good = ksig_error_errno(error, errno, "%s", to);
	return good;
}

GBytes *ksig_rpm_fetch(const char *location, const char *path, gsize limit_bytes, GError **error)
{
	g_autofree char *local = g_build_filename(folder_of(location), path, NULL);
	gsize length_bytes = 0;
	char *data = NULL;

	if (!path_is_good(location, path, error))
		return NULL;
	if (is_url(location)) {
		g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-get", error);
		g_autofree char *to = scratch ? g_build_filename(scratch, "file", NULL) : NULL;
		if (!to || !ksig_rpm_fetch_file(location, path, limit_bytes, to, error))
			return NULL;
		data = ksig_file_read(to, limit_bytes, &length_bytes, error);
	} else {
		data = ksig_file_read(local, limit_bytes, &length_bytes, error);
	}
	return data ? g_bytes_new_take(data, length_bytes) : NULL;
}

char *ksig_rpm_fetch_path(const char *location, const char *path, guint64 limit_bytes, const char *scratch,
			  GError **error)
{
	g_autofree char *base = g_path_get_basename(path);
	g_autofree char *to = g_build_filename(is_url(location) ? scratch : folder_of(location),
					       is_url(location) ? base : path, NULL);
	struct stat status;

	if (!path_is_good(location, path, error))
		return NULL;
	if (is_url(location))
		return ksig_rpm_fetch_file(location, path, limit_bytes, to, error) ? g_steal_pointer(&to)
										   : NULL;
	if (stat(to, &status) != 0) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", to, g_strerror(errno));
		return NULL;
	}
	if (!S_ISREG(status.st_mode) || (guint64) status.st_size > limit_bytes) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: not a file of at most %" G_GUINT64_FORMAT " bytes", to, limit_bytes);
		return NULL;
	}
	return g_steal_pointer(&to);
}

char *ksig_rpm_fetch_copy(const char *location, const char *path, guint64 limit_bytes, const char *scratch,
			  GError **error)
{
	g_autofree char *there = ksig_rpm_fetch_path(location, path, limit_bytes, scratch, error);
	g_autofree char *base = g_path_get_basename(path);
	g_autofree char *to = g_build_filename(scratch, base, NULL);

	if (!there || is_url(location))
		return g_steal_pointer(&there);
	unlink(to);
	return ksig_file_copy(there, to, error) ? g_steal_pointer(&to) : NULL;
}
