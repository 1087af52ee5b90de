/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of a cluster: job arrays (slurm-submit.c), looked after by squeue, ended by scancel.
 *
 * What a job came to stands in the state folder, which the nodes share, where its worker put it; Slurm is
 * asked only whether a job still has a chance. So neither an accounting database nor its memory of ended
 * jobs is needed, though sacct is asked for the reason of a loss where there is one.
 */
#include "engine/slurm-limits-internal.h"
#include "engine/slurm-submit-internal.h"

#include <sys/stat.h>
#include <unistd.h>

enum {
	MISSING_GRACE_MS = 3000, /* a result may take that long to be seen through a network file system */
	SLURM_FAILURES = 6,
	RETRY_LIMIT_MS = 30000,
};

/* sbatch takes nothing but a script. This one never changes and hands its arguments on as they are. */
static const char script[] = "#!/bin/sh\nexec \"$@\"\n";

/* What is in the queue: "JOB_INDEX" to "STATE|NAME". */
static GHashTable *read_queue(GError **error)
{
	const char *const argv[] = {"squeue", "--noheader", "--array", "--me", "--format=%i|%T|%j", NULL};
	g_autoptr(GString) output = NULL;
	GHashTable *queue = NULL;

	if (!slurm_command(argv, &output, error))
		return NULL;
	queue = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) lines = g_strsplit(output->str, "\n", 0);
	for (char **line = lines; *line; line++) {
		char *bar = strchr(g_strstrip(*line), '|');
		if (bar)
			g_hash_table_insert(queue, g_strndup(*line, (gsize) (bar - *line)),
					    g_strdup(bar + 1));
	}
	return queue;
}

static void adopt_one(ksig_engine *engine, const char *reference, const char *name)
{
	const char *underscore = strchr(reference, '_');
	g_autofree char *path = slurm_path(engine, name);
	g_autofree char *text = underscore && g_str_has_prefix(name, "ksig-")
					? ksig_file_read(path, 1 << 20, NULL, NULL)
					: NULL;

	if (!text)
		return;
	g_auto(GStrv) hashes = g_strsplit(text, "\n", 0);
	const guint64 number = g_ascii_strtoull(underscore + 1, NULL, 10);
	for (guint i = 0; number < g_strv_length(hashes) && i < engine->plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, i);
		if (!g_str_equal(job->hash, hashes[number]) || engine->status[i].state != KSIG_JOB_WAITING)
			continue;
		g_free(engine->status[i].reference);
		engine->status[i].reference = g_strdup(reference);
		engine->status[i].attempts++;
		engine_set(engine, i, KSIG_JOB_QUEUED, NULL);
	}
}

/* Jobs that an earlier ksig submitted but was killed before it wrote that down: known by their array's name.
 */
static bool adopt(ksig_engine *engine, GError **error)
{
	struct slurm *slurm = slurm_backend(engine);
	g_autofree char *folder = slurm_path(engine, "");
	g_autofree char *run = slurm_path(engine, "run");
	GHashTableIter iter;
	gpointer reference = NULL;
	gpointer value = NULL;

	if (slurm->adopted)
		return true;
	if (!ksig_directory_make(folder, error) || !ksig_file_write(run, script, -1, 0755, error))
		return false;
	g_autoptr(GHashTable) queue = read_queue(error);
	if (!queue || !slurm_limits_ask(&slurm->limits, error))
		return false;
	g_hash_table_iter_init(&iter, queue);
	while (g_hash_table_iter_next(&iter, &reference, &value)) {
		const char *bar = strchr(value, '|');
		if (bar)
			adopt_one(engine, reference, bar + 1);
	}
	slurm->queued = g_hash_table_size(queue);
	slurm->adopted = true;
	return true;
}

/*
 * A need may have ended, and been forgotten by Slurm, since we looked; a controller may be restarted. So the
 * next round tries again, each time later, unless what was said is final.
 */
static bool may_pass(ksig_engine *engine, GError **reason, GError **error)
{
	struct slurm *slurm = slurm_backend(engine);
	const unsigned tries = ++slurm->failures;
	const bool final = slurm_refusal_is_final(*reason);

	if (!final && tries < SLURM_FAILURES) {
		g_usleep(MIN(engine->poll_ms << (tries - 1), RETRY_LIMIT_MS) * 1000UL);
		g_clear_error(reason);
		return true;
	}
	g_propagate_error(error, g_steal_pointer(reason));
	if (!final)
		g_prefix_error(error, "tried %u times: ", tries);
	return false;
}

static bool slurm_submit(ksig_engine *engine, GError **error)
{
	struct slurm *slurm = slurm_backend(engine);
	g_autoptr(GError) reason = NULL;
	int count = 0;

	if (!adopt(engine, &reason))
		return may_pass(engine, &reason, error);
	while ((count = slurm_submit_level(engine, &reason)) > 0)
		;
	if (count < 0)
		return may_pass(engine, &reason, error);
	slurm->failures = 0;
	return true;
}

static char *reason_of_loss(const char *reference)
{
	const char *const argv[] = {"sacct",  "--noheader", "--parsable2", "--format=State,ExitCode,NodeList",
				    "--jobs", reference,    NULL};
	g_autoptr(GString) output = NULL;

	if (!slurm_command(argv, &output, NULL) || output->len == 0)
		return g_strdup_printf("Slurm job %s is gone and left no result", reference);
	output->str[strcspn(output->str, "\n")] = '\0';
	return g_strdup_printf("Slurm job %s: %s", reference, output->str);
}

static bool needs_are_done(const ksig_engine *engine, guint index)
{
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);

	for (char **need = job->needs; need && *need; need++)
		if (engine->status[engine_index(engine, *need)].state != KSIG_JOB_DONE)
			return false;
	return true;
}

static void look_at_missing(ksig_engine *engine, guint index)
{
	struct job_status *status = &engine->status[index];
	const gint64 now_us = g_get_monotonic_time();

	if (status->missing_since_us == 0)
		status->missing_since_us = now_us;
	if (now_us - status->missing_since_us < (gint64) MISSING_GRACE_MS * 1000)
		return;
	if (needs_are_done(engine, index)) {
		g_autofree char *why = reason_of_loss(status->reference);
		engine_lost(engine, index, why);
		return;
	}
	/* Slurm dropped it with what it waited for. That was no attempt. */
	g_clear_pointer(&status->reference, g_free);
	status->missing_since_us = 0;
	status->attempts -= status->attempts > 0;
	engine_set(engine, index, KSIG_JOB_WAITING, NULL);
}

static void look_at(ksig_engine *engine, guint index, GHashTable *queue)
{
	struct job_status *status = &engine->status[index];
	const char *entry = status->reference ? g_hash_table_lookup(queue, status->reference) : NULL;

	if ((status->state != KSIG_JOB_QUEUED && status->state != KSIG_JOB_RUNNING) || !status->reference)
		return;
	if (engine_take_outcome(engine, index))
		return;
	if (!entry) {
		look_at_missing(engine, index);
		return;
	}
	status->missing_since_us = 0;
	engine_set(engine, index, g_str_has_prefix(entry, "RUNNING|") ? KSIG_JOB_RUNNING : KSIG_JOB_QUEUED,
		   NULL);
}

static bool slurm_poll(ksig_engine *engine, GError **error)
{
	struct slurm *slurm = slurm_backend(engine);
	g_autoptr(GError) reason = NULL;
	g_autoptr(GHashTable) queue = read_queue(&reason);

	if (!queue)
		return may_pass(engine, &reason, error);
	slurm->queued = g_hash_table_size(queue);
	for (guint i = 0; i < engine->plan->jobs->len; i++)
		look_at(engine, i, queue);
	return true;
}

static bool slurm_cancel(ksig_engine *engine, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();

	g_ptr_array_add(argv, (char *) "scancel");
	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		const struct job_status *status = &engine->status[i];
		if (status->reference && !state_is_over(status->state))
			g_ptr_array_add(argv, status->reference);
	}
	if (argv->len == 1)
		return true;
	g_ptr_array_add(argv, NULL);
	return slurm_command((const char *const *) argv->pdata, NULL, error);
}

static void slurm_close(ksig_engine *engine)
{
	g_clear_pointer(&engine->backend, g_free);
}

const struct engine_ops engine_slurm = {
	.kind = "slurm",
	.poll_ms = 2000,
	.submit = slurm_submit,
	.poll = slurm_poll,
	.cancel = slurm_cancel,
	.close = slurm_close,
};
