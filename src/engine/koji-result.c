/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hub built: the packages of a job's builds, fetched aside like a worker's, then put into place whole.
 */
#include "engine/koji-result-internal.h"
#include "engine/koji-http-internal.h"
#include "engine/koji-internal.h"
#include "engine/koji-session-internal.h"
#include "engine/state-internal.h"
#include "engine/usage-internal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

enum { PACKAGE_LIMIT_BYTES = 1 << 30 };

static bool is_name(const char *name)
{
	return name && *name && *name != '.' && !strchr(name, '/') && ksig_path_is_safe(name);
}

static bool fetch_package(koji_session *session, JsonObject *build, JsonObject *package, const char *folder,
			  GError **error)
{
	const char *const names[] = {ksig_json_string(build, "name"), ksig_json_string(build, "version"),
				     ksig_json_string(build, "release"), ksig_json_string(package, "arch"),
				     ksig_json_string(package, "nvr")};
	const gint64 size_bytes = ksig_json_integer(package, "size", -1);

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (!is_name(names[i]))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "a package with names expected from the hub");
	if (size_bytes <= 0 || size_bytes > PACKAGE_LIMIT_BYTES || !session->config.topurl)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: no size within limits, or no topurl configured", names[4]);
	g_autofree char *file = g_strdup_printf("%s.%s.rpm", names[4], names[3]);
	g_autofree char *url = g_strdup_printf("%s/packages/%s/%s/%s/%s/%s", session->config.topurl, names[0],
					       names[1], names[2], names[3], file);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	const struct koji_http_options options = {.server_authority = session->config.serverca};
	for (unsigned attempt = 0;; attempt++) {
		g_autoptr(GError) reason = NULL;
		if (koji_http_get(url, &options, path, (guint64) size_bytes, &reason))
			return true;
		if (attempt == 4) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return false;
		}
		g_usleep((gulong) (session->retry_ms << attempt) * 1000);
	}
}

static bool fetch_build(koji_session *session, JsonObject *build, const char *folder, GError **error)
{
	g_autoptr(JsonNode)
		reply = koji_call(session, "listRPMs",
				  koji_parameters("i", ksig_json_integer(build, "build_id", 0)), NULL, error);
	JsonArray *packages = reply && JSON_NODE_HOLDS_ARRAY(reply) ? json_node_get_array(reply) : NULL;

	if (!packages)
		return reply ? ksig_error_set(error, KSIG_ERROR_INPUT, "listRPMs: an array expected") : false;
	for (guint i = 0; i < json_array_get_length(packages); i++) {
		JsonNode *node = json_array_get_element(packages, i);
		if (!JSON_NODE_HOLDS_OBJECT(node) ||
		    !fetch_package(session, build, json_node_get_object(node), folder, error))
			return error && *error ? false
					       : ksig_error_set(error, KSIG_ERROR_INPUT,
								"listRPMs: packages expected");
	}
	return true;
}

static bool fetch_task(koji_session *session, const char *task, const char *folder, GError **error)
{
	JsonArray *parameters = json_array_new();
	JsonObject *keywords = json_object_new();

	json_object_set_int_member(keywords, "taskID", g_ascii_strtoll(task, NULL, 10));
	koji_add_keywords(parameters, keywords);
	g_autoptr(JsonNode) reply = koji_call(session, "listBuilds", parameters, NULL, error);
	JsonArray *builds = reply && JSON_NODE_HOLDS_ARRAY(reply) ? json_node_get_array(reply) : NULL;
	if (!builds)
		return reply ? ksig_error_set(error, KSIG_ERROR_INPUT, "listBuilds: an array expected")
			     : false;
	for (guint i = 0; i < json_array_get_length(builds); i++) {
		JsonNode *node = json_array_get_element(builds, i);
		if (JSON_NODE_HOLDS_OBJECT(node) &&
		    !fetch_build(session, json_node_get_object(node), folder, error))
			return false;
	}
	return true;
}

bool koji_result_take(ksig_engine *engine, koji_session *session, guint index, GError **error)
{
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);
	g_autofree char *parent = g_build_filename(engine->state, "work", NULL);
	g_autofree char *result = g_build_filename(engine->state, "results", job->hash, NULL);
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(parent, job->hash, error);
	g_autofree char *files = folder ? g_build_filename(folder, "files", NULL) : NULL;
	g_autofree char *usage_path = folder ? g_build_filename(folder, "usage.json", NULL) : NULL;
	const struct job_usage usage = {0};
	g_autoptr(JsonObject) object = usage_to_json(&usage);

	json_object_set_string_member(object, "task", engine->status[index].reference);
	if (!folder || !ksig_directory_make(files, error) ||
	    !fetch_task(session, engine->status[index].reference, files, error) ||
	    !json_object_write(usage_path, object, error) || !ksig_directory_sync(folder, error))
		return false;
	if (g_rename(folder, result) != 0 && !result_is_there(engine->state, job->hash))
		return ksig_error_errno(error, errno, "%s", result);
	return true;
}
