/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "engine/engine.h"

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

/* engine.c */
void engine_set(ksig_engine *engine, guint index, enum ksig_job_state state, const char *message);
bool engine_can_start(const ksig_engine *engine, guint index);

/* The worker of job INDEX is gone without a word: waits again, or failed if that was once too often. */
void engine_lost(ksig_engine *engine, guint index, const char *why);

/* What a worker that ended left: done, failed (with its message), or nothing. Returns false for nothing. */
bool engine_take_outcome(ksig_engine *engine, guint index);
guint engine_index(const ksig_engine *engine, const char *name);
bool state_is_over(enum ksig_job_state state);
