/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of a community build system. A job is a build of its source package against its target; it is
 * known to the hub by the place its source was uploaded to, which holds its hash. Before a build is asked
 * for, the hub is asked whether it has one of that place: so a build is never asked for twice, whatever was
 * lost.
 */
#include "engine/koji-internal.h"
#include "engine/koji-limits-internal.h"
#include "engine/koji-result-internal.h"
#include "engine/koji-session-internal.h"

#include <json-glib/json-glib.h>
#include <string.h>

enum {
	TASK_FREE,
	TASK_OPEN,
	TASK_CLOSED,
	TASK_CANCELED,
	TASK_ASSIGNED,
	TASK_FAILED,
	TASKS_LOOKED_AT = 1000,
};

static koji_session *session_of(ksig_engine *engine, GError **error)
{
	if (!engine->backend)
		engine->backend = koji_session_open(engine->profile, error);
	return engine->backend;
}

/* "ksig/HASH": where the source of a job is uploaded to. */
static char *upload_folder(const struct ksig_job *job)
{
	return g_strdup_printf("ksig/%s", job->hash);
}

static char *upload_place(const struct ksig_job *job)
{
	g_autofree char *base = g_path_get_basename(job->source);

	return g_strdup_printf("ksig/%s/%s", job->hash, base);
}

/* ---- handing over -------------------------------------------------------------------------------- */

static bool task_is_of(JsonObject *task, const char *place)
{
	JsonNode *request = json_object_get_member(task, "request");
	JsonArray *array = request && JSON_NODE_HOLDS_ARRAY(request) ? json_node_get_array(request) : NULL;
	JsonNode *source = array && json_array_get_length(array) > 0 ? json_array_get_element(array, 0)
								     : NULL;

	return source && JSON_NODE_HOLDS_VALUE(source) && json_node_get_value_type(source) == G_TYPE_STRING &&
	       g_str_equal(json_node_get_string(source), place);
}

/* The newest build task of ours for PLACE that has not come to nothing: its number; 0: none; -1: an error. */
static gint64 find_task(koji_session *session, const char *place, GError **error)
{
	JsonObject *filter = json_object_new();
	JsonObject *order = json_object_new();

	json_object_set_string_member(filter, "method", "build");
	json_object_set_int_member(filter, "owner", session->user_id);
	json_object_set_boolean_member(filter, "decode", TRUE);
	json_object_set_string_member(order, "order", "-id");
	json_object_set_int_member(order, "limit", TASKS_LOOKED_AT);
	JsonArray *parameters = json_array_new();
	json_array_add_object_element(parameters, filter);
	json_array_add_object_element(parameters, order);
	g_autoptr(JsonNode) reply = koji_call(session, "listTasks", parameters, NULL, error);
	if (!reply)
		return -1;
	JsonArray *tasks = JSON_NODE_HOLDS_ARRAY(reply) ? json_node_get_array(reply) : NULL;
	for (guint i = 0; tasks && i < json_array_get_length(tasks); i++) {
		JsonNode *node = json_array_get_element(tasks, i);
		JsonObject *task = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
		if (!task || !task_is_of(task, place))
			continue;
		const gint64 state = ksig_json_integer(task, "state", TASK_FAILED);
		return state == TASK_FAILED || state == TASK_CANCELED ? 0 : ksig_json_integer(task, "id", 0);
	}
	return 0;
}

/* Asks for the build. If the hub did so and the reply was lost, the task is there to be found. */
static gint64 ask_for_build(koji_session *session, const struct ksig_job *job, const char *place,
			    GError **error)
{
	g_autoptr(GError) reason = NULL;
	gint64 fault = 0;
	g_autoptr(JsonNode) reply = koji_call(session, "build", koji_parameters("ss", place, job->target),
					      &fault, &reason);

	if (reply && JSON_NODE_HOLDS_VALUE(reply) && json_node_get_value_type(reply) == G_TYPE_INT64)
		return json_node_get_int(reply);
	if (reply || fault == KOJI_FAULT_RETRY) {
		const gint64 task = find_task(session, place, error);
		if (task == 0)
			ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				       "build: asked for, but the hub has no task");
		return task > 0 ? task : -1;
	}
	g_propagate_error(error, g_steal_pointer(&reason));
	return -1;
}

/* The hub takes a build for any target; only its builder would find that there is none. */
static bool target_is_there(koji_session *session, const struct ksig_job *job, GError **error)
{
	g_autoptr(JsonNode)
		reply = koji_call(session, "getBuildTarget", koji_parameters("s", job->target), NULL, error);

	if (reply && JSON_NODE_HOLDS_NULL(reply))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "the hub has no target %s", job->target);
	return reply != NULL;
}

static bool start_build(ksig_engine *engine, koji_session *session, guint index, GError **error)
{
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);
	struct job_status *status = &engine->status[index];
	g_autofree char *place = upload_place(job);
	g_autofree char *folder = upload_folder(job);
	g_autofree char *base = g_path_get_basename(job->source);
	gint64 task = find_task(session, place, error);

	if (task == 0) {
		if (!target_is_there(session, job, error) ||
		    !koji_upload(session, job->source, folder, base, error))
			return false;
		task = ask_for_build(session, job, place, error);
	}
	if (task <= 0)
		return false;
	g_free(status->reference);
	status->reference = g_strdup_printf("%" G_GINT64_FORMAT, task);
	status->attempts++;
	engine_set(engine, index, KSIG_JOB_QUEUED, NULL);
	return true;
}

/* Those that the hub has, and those that it can be given now. */
static void count(const ksig_engine *engine, guint *out_there, guint *out_coming)
{
	*out_there = *out_coming = 0;
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		const enum ksig_job_state state = engine->status[i].state;
		*out_there += state == KSIG_JOB_QUEUED || state == KSIG_JOB_RUNNING;
		*out_coming += engine_can_start(engine, i);
	}
}

/* How many builds more the hub is given: what it has room for is asked once, before more than one is. */
static bool room_for(ksig_engine *engine, guint *out_room, GError **error)
{
	guint there = 0;
	guint coming = 0;

	count(engine, &there, &coming);
	*out_room = coming;
	if (coming == 0 || there + coming == 1)
		return true;
	koji_session *session = session_of(engine, error);
	if (!session || (session->limit == 0 && !koji_limit_ask(session, &session->limit, error)))
		return false;
	*out_room = session->limit > there ? (guint) MIN(session->limit - there, coming) : 0;
	return true;
}

static bool koji_submit(ksig_engine *engine, GError **error)
{
	guint room = 0;

	if (!room_for(engine, &room, error))
		return false;
	for (guint i = 0; i < engine->plan->jobs->len && room > 0; i++) {
		const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, i);
		g_autoptr(GError) reason = NULL;
		if (!engine_can_start(engine, i))
			continue;
		if (!job->source || !job->target) {
			engine_set(engine, i, KSIG_JOB_FAILED, "no source and target: not a job for koji");
			continue;
		}
		koji_session *session = session_of(engine, error);
		if (!session)
			return false;
		if (start_build(engine, session, i, &reason)) {
			room--;
			continue;
		}
		/* What the hub refuses is the job's fault; what the network does is nobody's. */
		if (reason->code != KSIG_ERROR_NEGATIVE) {
			g_propagate_prefixed_error(error, g_steal_pointer(&reason), "%s: ", job->name);
			return false;
		}
		engine_set(engine, i, KSIG_JOB_FAILED, reason->message);
	}
	return true;
}

/* ---- looking ------------------------------------------------------------------------------------- */

static char *reason_of_failure(koji_session *session, gint64 task)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(JsonNode) reply G_GNUC_UNUSED = koji_call(session, "getTaskResult",
							    koji_parameters("i", task), NULL, &reason);

	return g_strdup_printf("task %" G_GINT64_FORMAT ": %s", task, reason ? reason->message : "failed");
}

static bool take_state(ksig_engine *engine, koji_session *session, guint index, gint64 state, GError **error)
{
	const gint64 task = g_ascii_strtoll(engine->status[index].reference, NULL, 10);
	g_autofree char *why = NULL;

	switch (state) {
	case TASK_FREE:
	case TASK_ASSIGNED:
		engine_set(engine, index, KSIG_JOB_QUEUED, NULL);
		return true;
	case TASK_OPEN:
		engine_set(engine, index, KSIG_JOB_RUNNING, NULL);
		return true;
	case TASK_CLOSED:
		if (!koji_result_take(engine, session, index, error))
			return false;
		engine_set(engine, index, KSIG_JOB_DONE, NULL);
		return true;
	case TASK_CANCELED:
		engine_set(engine, index, KSIG_JOB_CANCELLED, "cancelled at the hub");
		return true;
	case TASK_FAILED:
		why = reason_of_failure(session, task);
		engine_set(engine, index, KSIG_JOB_FAILED, why);
		return true;
	default:
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "task %" G_GINT64_FORMAT ": a state of a task expected", task);
	}
}

static bool koji_poll(ksig_engine *engine, GError **error)
{
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		const struct job_status *status = &engine->status[i];
		const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, i);
		if ((status->state != KSIG_JOB_QUEUED && status->state != KSIG_JOB_RUNNING) ||
		    !status->reference)
			continue;
		koji_session *session = session_of(engine, error);
		const gint64 task = g_ascii_strtoll(status->reference, NULL, 10);
		g_autoptr(JsonNode) reply = session ? koji_call(session, "getTaskInfo",
								koji_parameters("i", task), NULL, error)
						    : NULL;
		if (!reply)
			return false;
		JsonObject *info = JSON_NODE_HOLDS_OBJECT(reply) ? json_node_get_object(reply) : NULL;
		if (!take_state(engine, session, i, info ? ksig_json_integer(info, "state", -1) : -1,
				error)) {
			g_prefix_error(error, "%s: ", job->name);
			return false;
		}
	}
	return true;
}

static bool koji_cancel(ksig_engine *engine, GError **error)
{
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		const struct job_status *status = &engine->status[i];
		if (!status->reference || state_is_over(status->state))
			continue;
		koji_session *session = session_of(engine, error);
		g_autoptr(JsonNode)
			reply = session ? koji_call(session, "cancelTask",
						    koji_parameters("i", g_ascii_strtoll(status->reference,
											 NULL, 10)),
						    NULL, error)
					: NULL;
		if (!reply)
			return false;
	}
	return true;
}

static void koji_close(ksig_engine *engine)
{
	koji_session_free(g_steal_pointer(&engine->backend));
}

const struct engine_ops engine_koji = {
	.kind = "koji",
	.poll_ms = 10000,
	.submit = koji_submit,
	.poll = koji_poll,
	.cancel = koji_cancel,
	.close = koji_close,
};
