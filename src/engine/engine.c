/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every engine has in common: the states of jobs, and the loop that watches them. */
#include "engine/engine-internal.h"
#include "engine/state-internal.h"
#include "parts.h"

#include <unistd.h>

static const struct engine_ops *const all_ops[] = {
	&engine_local,
#if KSIG_ENGINES
	&engine_slurm,
	&engine_koji,
#endif
};

static const struct engine_ops *ops_by_kind(const char *kind, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(all_ops); i++)
		if (g_str_equal(all_ops[i]->kind, kind))
			return all_ops[i];
	if (!KSIG_ENGINES && (g_str_equal(kind, "slurm") || g_str_equal(kind, "koji")))
		ksig_error_left_out(error, kind, "engines");
	else
		ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not an engine; local, slurm or koji expected",
			       kind);
	return NULL;
}

static unsigned machine_memory_mib(void)
{
	const gint64 bytes = (gint64) sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);

	return (unsigned) CLAMP(bytes >> 20, 256, G_MAXINT32);
}

static ksig_engine *engine_new(const ksig_plan *plan, const struct ksig_engine_options *options,
			       const struct engine_ops *ops)
{
	ksig_engine *engine = g_new0(ksig_engine, 1);

	engine->plan = plan;
	engine->ops = ops;
	engine->state = g_canonicalize_filename(options->state, NULL);
	engine->worker = g_strdupv((char **) options->worker);
	engine->partition = g_strdup(options->partition);
	engine->profile = g_strdup(options->profile ? options->profile : "koji");
	engine->max_cpus = options->max_cpus ? options->max_cpus : g_get_num_processors();
	engine->max_memory_mib = options->max_memory_mib ? options->max_memory_mib : machine_memory_mib();
	engine->poll_ms = options->poll_ms ? options->poll_ms : ops->poll_ms;
	engine->max_attempts = options->max_attempts ? options->max_attempts : DEFAULT_ATTEMPTS;
	engine->status = g_new0(struct job_status, plan->jobs->len);
	return engine;
}

static char *plan_file(const char *state, const char *plan_hash, const char *suffix)
{
	g_autofree char *name = g_strconcat(plan_hash, suffix, NULL);

	return g_build_filename(state, "plans", name, NULL);
}

ksig_engine *ksig_engine_open(const ksig_plan *plan, const struct ksig_engine_options *options,
			      GError **error)
{
	const struct engine_ops *ops = ops_by_kind(options->kind, error);

	if (!ops)
		return NULL;
	g_autoptr(ksig_engine) engine = engine_new(plan, options, ops);
	g_autofree char *lock = plan_file(engine->state, plan->hash, ".lock");
	g_autofree char *cancel = plan_file(engine->state, plan->hash, ".cancel");
	if (!state_prepare(engine, error))
		return NULL;
	engine->lock = ksig_lock_take(lock, error);
	if (!engine->lock)
		return NULL;
	unlink(cancel);
	for (guint i = 0; i < plan->jobs->len; i++)
		if (!status_load(engine, i, error))
			return NULL;
	return g_steal_pointer(&engine);
}

void ksig_engine_free(ksig_engine *engine)
{
	if (!engine)
		return;
	if (engine->ops->close)
		engine->ops->close(engine);
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		g_free(engine->status[i].message);
		g_free(engine->status[i].reference);
	}
	g_clear_pointer(&engine->lock, ksig_lock_free);
	g_free(engine->status);
	g_free(engine->state);
	g_free(engine->partition);
	g_free(engine->profile);
	g_strfreev(engine->worker);
	g_free(engine);
}

guint engine_index(const ksig_engine *engine, const char *name)
{
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, i);
		if (g_str_equal(job->name, name))
			return i;
	}
	g_assert_not_reached();
}

bool state_is_over(enum ksig_job_state state)
{
	return state >= KSIG_JOB_DONE;
}

/*
 * A state that cannot be written down is not lost: what is on disk says less than is so, and the next run
 * asks the engine again. So that is no reason to stop the others.
 */
void engine_set(ksig_engine *engine, guint index, enum ksig_job_state state, const char *message)
{
	struct job_status *status = &engine->status[index];
	const bool changed = status->state != state || g_strcmp0(status->message, message) != 0;
	char *copy = g_strdup(message);

	g_free(status->message);
	status->message = copy;
	status->state = state;
	if (!changed)
		return;
	g_autoptr(GError) error = NULL;
	if (!status_save(engine, index, &error))
		g_warning("%s", error->message);
	if (engine->watch)
		engine->watch(g_ptr_array_index(engine->plan->jobs, index), state, message,
			      engine->watch_data);
}

bool engine_can_start(const ksig_engine *engine, guint index)
{
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);

	if (engine->status[index].state != KSIG_JOB_WAITING)
		return false;
	for (char **need = job->needs; need && *need; need++)
		if (engine->status[engine_index(engine, *need)].state != KSIG_JOB_DONE)
			return false;
	return true;
}

void engine_lost(ksig_engine *engine, guint index, const char *why)
{
	struct job_status *status = &engine->status[index];

	g_clear_pointer(&status->reference, g_free);
	status->pid = 0;
	status->missing_since_us = 0;
	if (status->attempts >= engine->max_attempts) {
		g_autofree char *message = g_strdup_printf("lost %u times: %s", status->attempts, why);
		engine_set(engine, index, KSIG_JOB_FAILED, message);
		return;
	}
	engine_set(engine, index, KSIG_JOB_WAITING, why);
}

bool engine_take_outcome(ksig_engine *engine, guint index)
{
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);
	g_autofree char *path = job_path(engine->state, job->hash, "failure");
	g_autofree char *failure = NULL;

	if (result_is_there(engine->state, job->hash)) {
		engine_set(engine, index, KSIG_JOB_DONE, NULL);
		return true;
	}
	failure = ksig_file_read(path, 1 << 20, NULL, NULL);
	if (!failure)
		return false;
	engine_set(engine, index, KSIG_JOB_FAILED, g_strstrip(failure));
	return true;
}

/* A job whose need failed, was cancelled or is blocked itself. Needs come first, so one pass is enough. */
static void block_dependents(ksig_engine *engine)
{
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, i);
		if (state_is_over(engine->status[i].state))
			continue;
		for (char **need = job->needs; need && *need; need++) {
			const enum ksig_job_state state = engine->status[engine_index(engine, *need)].state;
			if (!state_is_over(state) || state == KSIG_JOB_DONE)
				continue;
			g_autofree char *message = g_strdup_printf("needs %s, which is %s", *need,
								   ksig_engine_job_state_name(state));
			engine_set(engine, i, KSIG_JOB_BLOCKED, message);
			break;
		}
	}
}

bool ksig_engine_resume(ksig_engine *engine, GError **error)
{
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, i);
		g_autofree char *failure = job_path(engine->state, job->hash, "failure");
		struct job_status *status = &engine->status[i];
		if (!state_is_over(status->state) || status->state == KSIG_JOB_DONE)
			continue;
		unlink(failure);
		status->state = KSIG_JOB_WAITING;
		status->attempts = 0;
		g_clear_pointer(&status->message, g_free);
		g_clear_pointer(&status->reference, g_free);
		if (!status_save(engine, i, error))
			return false;
	}
	return true;
}

bool ksig_engine_submit(ksig_engine *engine, GError **error)
{
	block_dependents(engine);
	return engine->ops->submit(engine, error);
}

static bool all_over(const ksig_engine *engine)
{
	for (guint i = 0; i < engine->plan->jobs->len; i++)
		if (!state_is_over(engine->status[i].state))
			return false;
	return true;
}

static bool verdict(const ksig_engine *engine, GError **error)
{
	guint failed = 0;
	guint first = 0;

	for (guint i = engine->plan->jobs->len; i-- > 0;)
		if (engine->status[i].state != KSIG_JOB_DONE) {
			failed++;
			first = i;
		}
	if (failed == 0)
		return true;
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, first);
	const char *message = engine->status[first].message;
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "plan %s: %u of %u jobs not done; first %s: %s%s%s",
			      engine->plan->name, failed, engine->plan->jobs->len, job->name,
			      ksig_engine_job_state_name(engine->status[first].state), message ? ": " : "",
			      message ? message : "");
}

static bool cancel_is_asked(const ksig_engine *engine)
{
	g_autofree char *path = plan_file(engine->state, engine->plan->hash, ".cancel");

	return access(path, F_OK) == 0;
}

bool ksig_engine_watch(ksig_engine *engine, ksig_engine_watch_fn *watch, void *data, GError **error)
{
	engine->watch = watch;
	engine->watch_data = data;
	for (;;) {
		if (!ksig_engine_submit(engine, error))
			return false;
		if (all_over(engine))
			return verdict(engine, error);
		g_usleep(engine->poll_ms * 1000UL);
		if (cancel_is_asked(engine)) {
			ksig_engine_cancel(engine, NULL);
			return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "plan %s: cancelled",
					      engine->plan->name);
		}
		if (!engine->ops->poll(engine, error))
			return false;
	}
}

enum ksig_job_state ksig_engine_state(const ksig_engine *engine, const struct ksig_job *job,
				      const char **out_message)
{
	const struct job_status *status = &engine->status[engine_index(engine, job->name)];

	if (out_message)
		*out_message = status->message;
	return status->state;
}

bool ksig_engine_cancel(ksig_engine *engine, GError **error)
{
	if (!engine->ops->cancel(engine, error))
		return false;
	for (guint i = 0; i < engine->plan->jobs->len; i++)
		if (!state_is_over(engine->status[i].state))
			engine_set(engine, i, KSIG_JOB_CANCELLED, NULL);
	return true;
}

bool ksig_engine_request_cancel(const char *state, const char *plan_hash, GError **error)
{
	g_autofree char *path = plan_file(state, plan_hash, ".cancel");

	return ksig_file_write(path, "", 0, 0644, error);
}
