/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine of one machine: workers are child processes, as many as fit its processors and memory. */
#include "engine/engine-internal.h"
#include "engine/usage-internal.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct room {
	unsigned cpus, memory_mib;
	guint running;
};

static struct room room_in_use(const ksig_engine *engine)
{
	struct room used = {0};

	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		unsigned cpus = 0;
		unsigned memory_mib = 0;
		unsigned timeout_s = 0;
		if (!engine->status[i].pid)
			continue;
		usage_request(engine->state, g_ptr_array_index(engine->plan->jobs, i), &cpus, &memory_mib,
			      &timeout_s);
		used.cpus += cpus;
		used.memory_mib += memory_mib;
		used.running++;
	}
	return used;
}

/* A job that asks for more than there is runs alone. */
static bool fits(const ksig_engine *engine, const struct room *used, const struct room *asked)
{
	if (used->running == 0)
		return true;
	return used->cpus + asked->cpus <= engine->max_cpus &&
	       used->memory_mib + asked->memory_mib <= engine->max_memory_mib;
}

/* In the child: the worker is told when ksig is gone, and takes its job down with it. */
static void worker_setup(gpointer data)
{
	(void) data;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static bool start_worker(ksig_engine *engine, guint index, GError **error)
{
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);
	struct job_status *status = &engine->status[index];
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autoptr(GError) reason = NULL;

	for (char **word = engine->worker; word && *word; word++)
		g_ptr_array_add(argv, *word);
	g_ptr_array_add(argv, engine->state);
	g_ptr_array_add(argv, job->hash);
	g_ptr_array_add(argv, NULL);
	if (!g_spawn_async(NULL, (char **) argv->pdata, NULL,
			   G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
				   G_SPAWN_STDERR_TO_DEV_NULL,
			   worker_setup, NULL, &status->pid, &reason))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", (char *) argv->pdata[0],
				      reason->message);
	status->attempts++;
	engine_set(engine, index, KSIG_JOB_RUNNING, NULL);
	return true;
}

/* A job that runs by its status but has no worker of ours was cut off with an earlier ksig. */
static void take_back_orphans(ksig_engine *engine)
{
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		struct job_status *status = &engine->status[i];
		if (status->pid || (status->state != KSIG_JOB_RUNNING && status->state != KSIG_JOB_QUEUED))
			continue;
		if (!engine_take_outcome(engine, i))
			engine_set(engine, i, KSIG_JOB_WAITING, NULL);
	}
}

static bool local_submit(ksig_engine *engine, GError **error)
{
	struct room used = room_in_use(engine);

	take_back_orphans(engine);
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		struct room asked = {.running = 1};
		unsigned timeout_s = 0;
		if (!engine_can_start(engine, i))
			continue;
		usage_request(engine->state, g_ptr_array_index(engine->plan->jobs, i), &asked.cpus,
			      &asked.memory_mib, &timeout_s);
		if (!fits(engine, &used, &asked))
			continue;
		if (!start_worker(engine, i, error))
			return false;
		used.cpus += asked.cpus;
		used.memory_mib += asked.memory_mib;
		used.running++;
	}
	return true;
}

static bool local_poll(ksig_engine *engine, GError **error)
{
	(void) error;
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		struct job_status *status = &engine->status[i];
		int how = 0;
		if (!status->pid || waitpid(status->pid, &how, WNOHANG) != status->pid)
			continue;
		status->pid = 0;
		if (engine_take_outcome(engine, i))
			continue;
		g_autofree char *why =
			WIFSIGNALED(how)
				? g_strdup_printf("its worker was killed by signal %d", WTERMSIG(how))
				: g_strdup_printf("its worker ended with %d", WEXITSTATUS(how));
		engine_lost(engine, i, why);
	}
	return true;
}

static void end_workers(ksig_engine *engine)
{
	for (guint i = 0; i < engine->plan->jobs->len; i++)
		if (engine->status[i].pid)
			kill(engine->status[i].pid, SIGTERM);
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		if (!engine->status[i].pid)
			continue;
		waitpid(engine->status[i].pid, NULL, 0);
		engine->status[i].pid = 0;
	}
}

static bool local_cancel(ksig_engine *engine, GError **error)
{
	(void) error;
	end_workers(engine);
	return true;
}

const struct engine_ops engine_local = {
	.kind = "local",
	.poll_ms = 50,
	.submit = local_submit,
	.poll = local_poll,
	.cancel = local_cancel,
	.close = end_workers,
};
