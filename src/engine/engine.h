/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine: running many builds: on this machine, on Slurm, on Koji.
 *
 * A plan is a set of jobs that need one another; an engine runs it. A job is named by the hash of all that
 * makes its result (its arguments, environment, the content of its inputs, the jobs it needs), and its result
 * is a folder under that hash, moved into place whole: so a job whose result is there is done, whichever
 * engine or plan made it, and a killed worker leaves nothing that looks like a result.
 *
 * All that an engine knows stands in its state folder; opening the same plan on it again goes on:
 *
 *     plans/HASH.json        the plan
 *     jobs/HASH/job.json     the job; status.json: its state; log: what its last run said
 *     results/HASH/files/    what it made; usage.json: what it cost
 *     usage/CLASS.json       what jobs of that class cost so far
 *     work/                  runs that have not ended
 */
#pragma once

#include "base/base.h"

/* ---- plans --------------------------------------------------------------------------------------- */

/*
 * One job. In ARGV and ENVIRONMENT, "${output}" stands for the folder for its results, and "${result:NAME}"
 * for the results of the job NAME, one of its needs. There is no shell: ARGV is what is executed.
 */
struct ksig_job {
	char *name;          /* unique in the plan; letters, digits and "._+-" */
	char *class_name;    /* jobs of one class cost alike; NULL: none */
	char **argv;         /* what local and slurm run; NULL: only for koji */
	char **environment;  /* "NAME=value"; NULL: none */
	char **needs;        /* names of jobs whose results it reads; NULL: none */
	char **inputs;       /* files that it reads; their content is part of its hash; NULL: none */
	char *source;        /* koji: the source package; NULL: only for local and slurm */
	char *target;        /* koji: the build target */
	unsigned cpus;       /* 0: measured from earlier jobs of its class, or 1 */
	unsigned memory_mib; /* a limit; 0: measured from earlier jobs of its class, or 1024 */
	unsigned timeout_s;  /* 0: a day */
	char *hash;          /* set by ksig_engine_plan_seal() */
};

typedef struct ksig_plan {
	char *name;
	GPtrArray *jobs; /* of struct ksig_job */
	char *hash;      /* set by ksig_engine_plan_seal() */
} ksig_plan;

ksig_plan *ksig_engine_plan_new(const char *name);
void ksig_engine_plan_free(ksig_plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_plan, ksig_engine_plan_free)

/* Adds a job with NAME and nothing else; its other fields are the caller's to fill. The plan owns it. */
struct ksig_job *ksig_engine_plan_add(ksig_plan *plan, const char *name);

/* NULL if there is none. */
struct ksig_job *ksig_engine_plan_find(const ksig_plan *plan, const char *name);

/*
 * Checks the plan (names, needs, no cycle, limits), orders its jobs so that needs come first, and computes
 * every hash, for which it reads the inputs. A wrong plan is an input error.
 */
bool ksig_engine_plan_seal(ksig_plan *plan, GError **error);

/*
 * The plan as JSON, {"version": 1, "name": …, "jobs": [{"name": …, "argv": […], …}]}, with the names of the
 * fields above; relative paths of inputs and sources are relative to the folder of the file that is read.
 */
char *ksig_engine_plan_to_json(const ksig_plan *plan);
ksig_plan *ksig_engine_plan_from_json(const char *json, gssize length_bytes, GError **error);
ksig_plan *ksig_engine_plan_load(const char *path, GError **error);

/* ---- engines ------------------------------------------------------------------------------------- */

enum ksig_job_state {
	KSIG_JOB_WAITING,   /* for what it needs, or for room */
	KSIG_JOB_QUEUED,    /* handed to the engine */
	KSIG_JOB_RUNNING,   /* at work */
	KSIG_JOB_DONE,      /* its result is there */
	KSIG_JOB_FAILED,    /* it ended badly, or was lost too often */
	KSIG_JOB_BLOCKED,   /* a job that it needs failed */
	KSIG_JOB_CANCELLED, /* by ksig_engine_cancel() */
};

const char *ksig_engine_job_state_name(enum ksig_job_state state);

struct ksig_engine_options {
	const char *kind;          /* "local", "slurm" or "koji" */
	const char *state;         /* the state folder, made if absent */
	const char *const *worker; /* argument vector that ends in `work STATE HASH` when those are added */
	unsigned max_cpus;         /* local: the sum of cpus at one time; 0: as the machine has */
	unsigned max_memory_mib;   /* local: the sum of memory_mib at one time; 0: as the machine has */
	unsigned poll_ms;          /* how often it looks; 0: fit for the kind */
	unsigned max_attempts;     /* a job that is lost (not: that fails) is run again so often; 0: 3 */
	const char *partition;     /* slurm: NULL: its default */
	const char *profile;       /* koji: a section of its configuration; NULL: "koji" */
};

typedef struct ksig_engine ksig_engine;

/*
 * Opens PLAN (sealed; must outlive the engine) on an engine. What earlier runs left in the state folder is
 * taken up: results, and jobs that Slurm or Koji still run. One process at a time may have a state folder
 * and plan open.
 */
ksig_engine *ksig_engine_open(const ksig_plan *plan, const struct ksig_engine_options *options,
			      GError **error);
void ksig_engine_free(ksig_engine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_engine, ksig_engine_free)

/* Jobs that failed or were cancelled wait again, and so do those they blocked. */
bool ksig_engine_resume(ksig_engine *engine, GError **error);

/* Hands to the engine what can be handed to it now; a job that it has, or whose result is there, never twice.
 */
bool ksig_engine_submit(ksig_engine *engine, GError **error);

/* Called when a job's state changes. */
typedef void ksig_engine_watch_fn(const struct ksig_job *job, enum ksig_job_state state, const char *message,
				  void *data);

/*
 * Submits and looks until every job has ended. A job that failed is a negative answer that names it; a
 * request to cancel (from any process) an environment error. WATCH may be NULL.
 */
bool ksig_engine_watch(ksig_engine *engine, ksig_engine_watch_fn *watch, void *data, GError **error);

/* The state of JOB as last seen; OUT_MESSAGE (may be NULL) is the engine's, NULL or what went wrong. */
enum ksig_job_state ksig_engine_state(const ksig_engine *engine, const struct ksig_job *job,
				      const char **out_message);

/* Links or copies the results of all jobs that are done to DIRECTORY/NAME/. */
bool ksig_engine_collect(ksig_engine *engine, const char *directory, GError **error);

/*
 * Ends what runs. For a plan that another process watches on a local engine, use the second, which needs no
 * open engine: the watcher sees it within a second.
 */
bool ksig_engine_cancel(ksig_engine *engine, GError **error);
bool ksig_engine_request_cancel(const char *state, const char *plan_hash, GError **error);

/*
 * What a worker does: runs the job HASH of the state folder, within its limits, and moves its result into
 * place. A job that fails is a negative answer. A second worker of the same job waits for the first. HASH may
 * be a file that lists hashes: the line that $SLURM_ARRAY_TASK_ID counts, from 0.
 */
bool ksig_engine_work(const char *state, const char *hash, GError **error);

/* ---- Koji's tags --------------------------------------------------------------------------------- */

/*
 * The tag of a stage ("candidate", "testing", "release") that goes with a target, by the community build
 * system's pattern: "kmods9s-packages-main-el9s", "testing" gives "kmods9s-packages-main-testing".
 */
char *ksig_engine_koji_tag_of(const char *target, const char *stage, GError **error);

/* Tags BUILDS (NULL-ended, name-version-release) with TAG; those that have it are left. PROFILE as above. */
bool ksig_engine_koji_tag(const char *profile, const char *tag, const char *const *builds, GError **error);
