/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What jobs cost, kept by class: the highest of what was seen, so that a request made from it suffices. */
#include "engine/usage-internal.h"
#include "engine/engine-internal.h"
#include "engine/state-internal.h"

#include <json-glib/json-glib.h>
#include <unistd.h>

static JsonObject *class_usage(const char *state, const struct ksig_job *job, char **out_path)
{
	if (!job->class_name)
		return NULL;
	g_autofree char *name = g_strdup_printf("%s.json", job->class_name);
	g_autofree char *path = g_build_filename(state, "usage", name, NULL);
	g_autoptr(JsonObject) object = access(path, F_OK) == 0 ? json_object_read(path, NULL) : NULL;

	if (out_path)
		*out_path = g_steal_pointer(&path);
	return object ? g_steal_pointer(&object) : json_object_new();
}

static unsigned with_margin(gint64 measured, unsigned least)
{
	return (unsigned) CLAMP(measured + measured / 2, (gint64) least, (gint64) G_MAXINT32);
}

void usage_request(const char *state, const struct ksig_job *job, unsigned *out_cpus,
		   unsigned *out_memory_mib, unsigned *out_timeout_s)
{
	g_autoptr(JsonObject) seen = class_usage(state, job, NULL);
	const gint64 memory_mib = seen ? ksig_json_integer(seen, "memory_mib", 0) : 0;
	const gint64 cpus = seen ? ksig_json_integer(seen, "cpus", 1) : 1;

	*out_cpus = job->cpus ? job->cpus : (unsigned) CLAMP(cpus, 1, 1024);
	*out_timeout_s = job->timeout_s ? job->timeout_s : DEFAULT_TIMEOUT_S;
	*out_memory_mib = job->memory_mib ? job->memory_mib : DEFAULT_MEMORY_MIB;
	if (!job->memory_mib && memory_mib > 0)
		*out_memory_mib = with_margin(memory_mib, 64);
}

JsonObject *usage_to_json(const struct job_usage *usage)
{
	JsonObject *object = json_object_new();

	json_object_set_double_member(object, "wall_s", usage->wall_s);
	json_object_set_double_member(object, "cpu_s", usage->cpu_s);
	json_object_set_int_member(object, "memory_mib", (gint64) usage->memory_mib);
	return object;
}

bool usage_record(const char *state, const struct ksig_job *job, const struct job_usage *usage,
		  GError **error)
{
	g_autofree char *path = NULL;
	g_autoptr(JsonObject) seen = class_usage(state, job, &path);

	if (!seen)
		return true;
	/* A job that keeps several processors busy for most of its time gets as many. */
	const gint64 cpus = usage->wall_s > 1 ? (gint64) (usage->cpu_s / usage->wall_s + 0.5) : 1;
	json_object_set_int_member(seen, "memory_mib",
				   MAX(ksig_json_integer(seen, "memory_mib", 0), (gint64) usage->memory_mib));
	json_object_set_int_member(seen, "cpus", MAX(ksig_json_integer(seen, "cpus", 1), cpus));
	json_object_set_int_member(seen, "wall_s",
				   MAX(ksig_json_integer(seen, "wall_s", 0), (gint64) usage->wall_s + 1));
	json_object_set_int_member(seen, "jobs", ksig_json_integer(seen, "jobs", 0) + 1);
	return json_object_write(path, seen, error);
}
