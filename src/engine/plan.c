/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan of jobs as JSON, written and read: an unknown member is an error, inputs become absolute.
 * kmod/plan.c and watch make such plans; live/plan.c (fixes) and publish/plan.c have no jobs.
 */
#include "engine/plan-internal.h"
#include "engine/engine-internal.h"

#include <json-glib/json-glib.h>

void job_free(struct ksig_job *job)
{
	if (!job)
		return;
	g_free(job->name);
	g_free(job->class_name);
	g_strfreev(job->argv);
	g_strfreev(job->environment);
	g_strfreev(job->needs);
	g_strfreev(job->inputs);
	g_free(job->source);
	g_free(job->target);
	g_free(job->hash);
	g_free(job);
}

static void free_job(gpointer job)
{
	job_free(job);
}

ksig_plan *ksig_engine_plan_new(const char *name)
{
	ksig_plan *plan = g_new0(ksig_plan, 1);

	plan->name = g_strdup(name);
	plan->jobs = g_ptr_array_new_with_free_func(free_job);
	return plan;
}

void ksig_engine_plan_free(ksig_plan *plan)
{
	if (!plan)
		return;
	g_ptr_array_unref(plan->jobs);
	g_free(plan->name);
	g_free(plan->hash);
	g_free(plan);
}

struct ksig_job *ksig_engine_plan_add(ksig_plan *plan, const char *name)
{
	struct ksig_job *job = g_new0(struct ksig_job, 1);

	job->name = g_strdup(name);
	g_ptr_array_add(plan->jobs, job);
	return job;
}

struct ksig_job *ksig_engine_plan_find(const ksig_plan *plan, const char *name)
{
	for (guint i = 0; i < plan->jobs->len; i++) {
		struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		if (g_str_equal(job->name, name))
			return job;
	}
	return NULL;
}

/* ---- writing ------------------------------------------------------------------------------------- */

void plan_put_strings(JsonObject *object, const char *name, char **strings)
{
	JsonArray *array = NULL;

	if (!strings)
		return;
	array = json_array_new();
	for (char **string = strings; *string; string++)
		json_array_add_string_element(array, *string);
	json_object_set_array_member(object, name, array);
}

static void put_string(JsonObject *object, const char *name, const char *string)
{
	if (string)
		json_object_set_string_member(object, name, string);
}

static void put_number(JsonObject *object, const char *name, unsigned number)
{
	if (number)
		json_object_set_int_member(object, name, number);
}

JsonObject *job_to_json(const struct ksig_job *job)
{
	JsonObject *object = json_object_new();

	json_object_set_string_member(object, "name", job->name);
	put_string(object, "class", job->class_name);
	plan_put_strings(object, "argv", job->argv);
	plan_put_strings(object, "environment", job->environment);
	plan_put_strings(object, "needs", job->needs);
	plan_put_strings(object, "inputs", job->inputs);
	put_string(object, "source", job->source);
	put_string(object, "target", job->target);
	put_number(object, "cpus", job->cpus);
	put_number(object, "memory_mib", job->memory_mib);
	put_number(object, "timeout_s", job->timeout_s);
	return object;
}

char *json_print(JsonObject *object)
{
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);

	return json_to_string(node, TRUE);
}

char *ksig_engine_plan_to_json(const ksig_plan *plan)
{
	g_autoptr(JsonObject) object = json_object_new();
	JsonArray *jobs = json_array_new();

	for (guint i = 0; i < plan->jobs->len; i++)
		json_array_add_object_element(jobs, job_to_json(g_ptr_array_index(plan->jobs, i)));
	json_object_set_int_member(object, "version", 1);
	json_object_set_string_member(object, "name", plan->name);
	json_object_set_array_member(object, "jobs", jobs);
	return json_print(object);
}

/* ---- reading ------------------------------------------------------------------------------------- */

static bool wrong(GError **error, const char *member, const char *expected)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: %s expected", member, expected);
}

static bool get_string(JsonNode *node, const char *member, char **out, GError **error)
{
	if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
		return wrong(error, member, "a string");
	g_free(*out);
	*out = json_node_dup_string(node);
	return true;
}

static bool get_strings(JsonNode *node, const char *member, char ***out, GError **error)
{
	if (!JSON_NODE_HOLDS_ARRAY(node))
		return wrong(error, member, "an array of strings");
	JsonArray *array = json_node_get_array(node);
	const guint length = json_array_get_length(array);
	if (length > PLAN_LIMIT_STRINGS)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %d strings", member,
				      PLAN_LIMIT_STRINGS);
	g_auto(GStrv) strings = g_new0(char *, length + 1);
	for (guint i = 0; i < length; i++)
		if (!get_string(json_array_get_element(array, i), member, &strings[i], error))
			return false;
	g_strfreev(*out);
	*out = g_steal_pointer(&strings);
	return true;
}

static bool get_number(JsonNode *node, const char *member, unsigned *out, GError **error)
{
	if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64 ||
	    json_node_get_int(node) < 0 || json_node_get_int(node) > G_MAXINT32)
		return wrong(error, member, "a number from 0 to 2147483647");
	*out = (unsigned) json_node_get_int(node);
	return true;
}

/* One member of a job's object; unknown members are an error, as a misspelt limit would be no limit. */
static bool read_member(struct ksig_job *job, const char *name, JsonNode *node, GError **error)
{
	const struct {
		const char *name;
		char **string;
		char ***strings;
		unsigned *number;
	} members[] = {
		{"name", .string = &job->name},           {"class", .string = &job->class_name},
		{"source", .string = &job->source},       {"target", .string = &job->target},
		{"argv", .strings = &job->argv},          {"environment", .strings = &job->environment},
		{"needs", .strings = &job->needs},        {"inputs", .strings = &job->inputs},
		{"cpus", .number = &job->cpus},           {"memory_mib", .number = &job->memory_mib},
		{"timeout_s", .number = &job->timeout_s},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
		if (!g_str_equal(members[i].name, name))
			continue;
		if (members[i].string)
			return get_string(node, name, members[i].string, error);
		if (members[i].strings)
			return get_strings(node, name, members[i].strings, error);
		return get_number(node, name, members[i].number, error);
	}
	return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a member of a job", name);
}

struct ksig_job *job_from_json(JsonObject *object, GError **error)
{
	struct ksig_job *job = g_new0(struct ksig_job, 1);
	JsonObjectIter iter;
	const char *name = NULL;
	JsonNode *node = NULL;

	json_object_iter_init(&iter, object);
	while (json_object_iter_next(&iter, &name, &node)) {
		if (!read_member(job, name, node, error)) {
			job_free(job);
			return NULL;
		}
	}
	return job;
}

static bool read_jobs(ksig_plan *plan, JsonArray *jobs, GError **error)
{
	const guint length = json_array_get_length(jobs);

	if (length > PLAN_LIMIT_JOBS)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "more than %d jobs", PLAN_LIMIT_JOBS);
	for (guint i = 0; i < length; i++) {
		JsonNode *node = json_array_get_element(jobs, i);
		if (!JSON_NODE_HOLDS_OBJECT(node))
			return wrong(error, "jobs", "an array of objects");
		struct ksig_job *job = job_from_json(json_node_get_object(node), error);
		if (!job) {
			g_prefix_error(error, "job %u: ", i + 1);
			return false;
		}
		g_ptr_array_add(plan->jobs, job);
	}
	return true;
}

static ksig_plan *read_plan(JsonObject *object, GError **error)
{
	JsonNode *jobs = json_object_get_member(object, "jobs");
	const char *name = ksig_json_string(object, "name");

	if (ksig_json_integer(object, "version", 0) != 1 || !name || !jobs || !JSON_NODE_HOLDS_ARRAY(jobs)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "a plan of version 1 with a name and jobs expected");
		return NULL;
	}
	g_autoptr(ksig_plan) plan = ksig_engine_plan_new(name);
	if (!read_jobs(plan, json_node_get_array(jobs), error))
		return NULL;
	return g_steal_pointer(&plan);
}

ksig_plan *ksig_engine_plan_from_json(const char *json, gssize length_bytes, GError **error)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autoptr(GError) reason = NULL;

	if (!ksig_json_load(parser, json, length_bytes, &reason)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s", reason->message);
		return NULL;
	}
	JsonNode *root = json_parser_get_root(parser);
	if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "a JSON object expected");
		return NULL;
	}
	return read_plan(json_node_get_object(root), error);
}

static void make_absolute(char **path, const char *folder)
{
	if (!*path || g_path_is_absolute(*path))
		return;
	char *absolute = g_canonicalize_filename(*path, folder);
	g_free(*path);
	*path = absolute;
}

ksig_plan *ksig_engine_plan_load(const char *path, GError **error)
{
	size_t length_bytes = 0;
	g_autofree char *json = ksig_file_read(path, PLAN_LIMIT_BYTES, &length_bytes, error);
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *base = g_canonicalize_filename(folder, NULL);

	if (!json)
		return NULL;
	g_autoptr(ksig_plan) plan = ksig_engine_plan_from_json(json, (gssize) length_bytes, error);
	if (!plan) {
		g_prefix_error(error, "%s: ", path);
		return NULL;
	}
	for (guint i = 0; i < plan->jobs->len; i++) {
		struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		for (char **input = job->inputs; input && *input; input++)
			make_absolute(input, base);
		make_absolute(&job->source, base);
	}
	return g_steal_pointer(&plan);
}
