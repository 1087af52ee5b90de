/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "engine/engine.h"

#include <json-glib/json-glib.h>

enum {
	PLAN_LIMIT_BYTES = 64 << 20,
	PLAN_LIMIT_JOBS = 100000,
	PLAN_LIMIT_STRINGS = 65536, /* of one job's argv, needs, inputs */
	DEFAULT_MEMORY_MIB = 1024,
	DEFAULT_TIMEOUT_S = 86400,
	DEFAULT_ATTEMPTS = 3,
};

/* What an engine knows of one job; `status.json` of the job on disk. */
struct job_status {
	enum ksig_job_state state;
	char *message;
	char *reference; /* the engine's own name of it: a Slurm job, a Koji task */
	unsigned attempts;
	GPid pid;                /* local: the worker; 0: none */
	gint64 missing_since_us; /* slurm: gone from the queue, no result yet */
};

struct engine_ops {
	const char *kind;
	unsigned poll_ms;
	/* Hands over jobs that wait and can go. */
	bool (*submit)(ksig_engine *engine, GError **error);
	/* Looks how jobs that were handed over are. */
	bool (*poll)(ksig_engine *engine, GError **error);
	bool (*cancel)(ksig_engine *engine, GError **error);
	void (*close)(ksig_engine *engine); /* may be NULL */
};

struct ksig_engine {
	const ksig_plan *plan;
	const struct engine_ops *ops;
	char *state;
	char **worker;
	char *partition, *profile;
	unsigned max_cpus, max_memory_mib, poll_ms, max_attempts;
	ksig_lock *lock;
	struct job_status *status; /* one a job, in the plan's order */
	ksig_engine_watch_fn *watch;
	void *watch_data;
	void *backend; /* of the back end */
};

extern const struct engine_ops engine_local, engine_slurm, engine_koji;

/* plan.c */
void plan_put_strings(JsonObject *object, const char *name, char **strings);
struct ksig_job *job_from_json(JsonObject *object, GError **error);
JsonObject *job_to_json(const struct ksig_job *job);
void job_free(struct ksig_job *job);
char *json_print(JsonObject *object);

/* state.c */
char *job_path(const char *state, const char *hash, const char *name);
char *result_path(const char *state, const char *hash, const char *name);
bool result_is_there(const char *state, const char *hash);
bool state_prepare(const ksig_engine *engine, GError **error);
bool status_load(ksig_engine *engine, guint index, GError **error);
bool status_save(const ksig_engine *engine, guint index, GError **error);
JsonObject *json_object_read(const char *path, GError **error);
bool json_object_write(const char *path, JsonObject *object, GError **error);

/* engine.c */
void engine_set(ksig_engine *engine, guint index, enum ksig_job_state state, const char *message);
bool engine_can_start(const ksig_engine *engine, guint index);
/* The worker of job INDEX is gone without a word: waits again, or failed if that was once too often. */
void engine_lost(ksig_engine *engine, guint index, const char *why);
/* What a worker that ended left: done, failed (with its message), or nothing. Returns false for nothing. */
bool engine_take_outcome(ksig_engine *engine, guint index);
guint engine_index(const ksig_engine *engine, const char *name);
bool state_is_over(enum ksig_job_state state);

/* usage.c: what jobs cost. */
struct job_usage {
	double wall_s, cpu_s;
	uint64_t memory_mib; /* the highest resident size of any one process */
};
/* CPUs, memory and time to ask for: what the job says, else what its class took with a margin, else defaults.
 */
void usage_request(const char *state, const struct ksig_job *job, unsigned *out_cpus,
		   unsigned *out_memory_mib, unsigned *out_timeout_s);
bool usage_record(const char *state, const struct ksig_job *job, const struct job_usage *usage,
		  GError **error);
JsonObject *usage_to_json(const struct job_usage *usage);
