/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state folder: where things stand in it, and JSON files in it. */
#include "engine/state-internal.h"
#include "engine/engine-internal.h"
#include "engine/plan-internal.h"

#include <json-glib/json-glib.h>
#include <unistd.h>

enum { STATUS_LIMIT_BYTES = 4 << 20 };

char *job_path(const char *state, const char *hash, const char *name)
{
	return g_build_filename(state, "jobs", hash, name, NULL);
}

char *result_path(const char *state, const char *hash, const char *name)
{
	return g_build_filename(state, "results", hash, name, NULL);
}

bool result_is_there(const char *state, const char *hash)
{
	g_autofree char *path = result_path(state, hash, "usage.json");

	return access(path, F_OK) == 0;
}

JsonObject *json_object_read(const char *path, GError **error)
{
	size_t length_bytes = 0;
	g_autofree char *json = ksig_file_read(path, STATUS_LIMIT_BYTES, &length_bytes, error);
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) reason = NULL;

	if (!json)
		return NULL;
	if (!ksig_json_load(parser, json, (gssize) length_bytes, &reason)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s", path, reason->message);
		return NULL;
	}
	JsonNode *root = json_parser_get_root(parser);
	if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a JSON object expected", path);
		return NULL;
	}
	return json_object_ref(json_node_get_object(root));
}

bool json_object_write(const char *path, JsonObject *object, GError **error)
{
	g_autofree char *json = json_print(object);

	return ksig_file_write(path, json, -1, 0644, error);
}

static bool write_job(const ksig_engine *engine, const struct ksig_job *job, GError **error)
{
	g_autofree char *folder = g_build_filename(engine->state, "jobs", job->hash, NULL);
	g_autofree char *path = job_path(engine->state, job->hash, "job.json");
	g_autoptr(JsonObject) object = job_to_json(job);
	JsonObject *hashes = json_object_new();

	for (char **need = job->needs; need && *need; need++)
		json_object_set_string_member(hashes, *need,
					      ksig_engine_plan_find(engine->plan, *need)->hash);
	json_object_set_object_member(object, "need_hashes", hashes);
	return ksig_directory_make(folder, error) && json_object_write(path, object, error);
}

bool state_prepare(const ksig_engine *engine, GError **error)
{
	static const char *const folders[] = {"plans", "jobs", "results", "usage", "work"};
	g_autofree char *name = g_strdup_printf("%s.json", engine->plan->hash);
	g_autofree char *path = g_build_filename(engine->state, "plans", name, NULL);
	g_autofree char *json = ksig_engine_plan_to_json(engine->plan);

	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *folder = g_build_filename(engine->state, folders[i], NULL);
		if (!ksig_directory_make(folder, error))
			return false;
	}
	for (guint i = 0; i < engine->plan->jobs->len; i++)
		if (!write_job(engine, g_ptr_array_index(engine->plan->jobs, i), error))
			return false;
	return ksig_file_write(path, json, -1, 0644, error);
}

static const char *const state_names[] = {
	[KSIG_JOB_WAITING] = "waiting",     [KSIG_JOB_QUEUED] = "queued", [KSIG_JOB_RUNNING] = "running",
	[KSIG_JOB_DONE] = "done",           [KSIG_JOB_FAILED] = "failed", [KSIG_JOB_BLOCKED] = "blocked",
	[KSIG_JOB_CANCELLED] = "cancelled",
};

const char *ksig_engine_job_state_name(enum ksig_job_state state)
{
	return state_names[state];
}

static enum ksig_job_state state_from_name(const char *name)
{
	for (size_t i = 0; name && i < G_N_ELEMENTS(state_names); i++)
		if (g_str_equal(state_names[i], name))
			return (enum ksig_job_state) i;
	return KSIG_JOB_WAITING;
}

bool status_save(const ksig_engine *engine, guint index, GError **error)
{
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);
	const struct job_status *status = &engine->status[index];
	g_autofree char *path = job_path(engine->state, job->hash, "status.json");
	g_autoptr(JsonObject) object = json_object_new();

	json_object_set_string_member(object, "state", ksig_engine_job_state_name(status->state));
	json_object_set_string_member(object, "engine", engine->ops->kind);
	json_object_set_int_member(object, "attempts", status->attempts);
	if (status->reference)
		json_object_set_string_member(object, "reference", status->reference);
	if (status->message)
		json_object_set_string_member(object, "message", status->message);
	return json_object_write(path, object, error);
}

bool status_load(ksig_engine *engine, guint index, GError **error)
{
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);
	struct job_status *status = &engine->status[index];
	g_autofree char *path = job_path(engine->state, job->hash, "status.json");

	if (result_is_there(engine->state, job->hash)) {
		status->state = KSIG_JOB_DONE;
		return true;
	}
	if (access(path, F_OK) != 0)
		return true;
	g_autoptr(JsonObject) object = json_object_read(path, error);
	if (!object)
		return false;
	const char *kind = ksig_json_string(object, "engine");
	status->state = state_from_name(ksig_json_string(object, "state"));
	if (status->state == KSIG_JOB_DONE || !kind || !g_str_equal(kind, engine->ops->kind)) {
		status->state = KSIG_JOB_WAITING;
		return true;
	}
	status->attempts = (unsigned) CLAMP(ksig_json_integer(object, "attempts", 0), 0, 1000);
	status->reference = g_strdup(ksig_json_string(object, "reference"));
	status->message = g_strdup(ksig_json_string(object, "message"));
	return true;
}
