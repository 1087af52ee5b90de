/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine of a cluster: job arrays by sbatch, looked after by squeue, ended by scancel.
 *
 * What a job came to stands in the state folder, which the nodes share, where its worker put it; Slurm is
 * asked only whether a job still has a chance. So neither an accounting database nor its memory of ended
 * jobs is needed, though sacct is asked for the reason of a loss where there is one.
 */
#include "engine/slurm-internal.h"

#include <sys/stat.h>
#include <unistd.h>

enum {
	COMMAND_TIMEOUT_MS = 60000,
	MISSING_GRACE_MS = 3000, /* a result may take that long to be seen through a network file system */
	WORKER_MEMORY_MIB = 32,
	ARRAY_LIMIT = 1000, /* beyond it, a list of dependencies is longer than sbatch takes */
	SLURM_FAILURES = 6,
	RETRY_LIMIT_MS = 30000,
};

/* sbatch takes nothing but a script. This one never changes and hands its arguments on as they are. */
static const char script[] = "#!/bin/sh\nexec \"$@\"\n";

/* Jobs that are submitted as one array: alike in what they ask for and what they wait for. */
struct array {
	char *key;
	unsigned cpus, memory_mib, timeout_s;
	char *dependency; /* "afterok:12_0:12_3", or "" */
	GArray *indexes;  /* of guint */
};

static void array_free(gpointer data)
{
	struct array *array = data;

	g_free(array->key);
	g_free(array->dependency);
	g_array_unref(array->indexes);
	g_free(array);
}

struct slurm {
	bool adopted; /* jobs of an earlier ksig were looked for */
	unsigned failures;
	struct slurm_limits limits;
	guint queued; /* jobs of this user's, whoever submitted them */
};

static struct slurm *backend(ksig_engine *engine)
{
	if (!engine->backend)
		engine->backend = g_new0(struct slurm, 1);
	return engine->backend;
}

static bool command(const char *const *argv, GString **out_output, GError **error)
{
	const struct ksig_process_options options = {.timeout_ms = COMMAND_TIMEOUT_MS,
						     .output_limit_bytes = 64 << 20};

	return ksig_process_run(argv, &options, NULL, out_output, error);
}

static char *slurm_path(const ksig_engine *engine, const char *name)
{
	return g_build_filename(engine->state, "slurm", name, NULL);
}

/* ---- submitting ---------------------------------------------------------------------------------- */

/* Whether all that INDEX needs is done or in Slurm's hands; then what it has to wait for. */
static bool dependency_of(const ksig_engine *engine, guint index, char **out_dependency)
{
	const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);
	g_autoptr(GString) text = g_string_new(NULL);

	for (char **need = job->needs; need && *need; need++) {
		const struct job_status *status = &engine->status[engine_index(engine, *need)];
		if (status->state == KSIG_JOB_DONE)
			continue;
		if (!status->reference)
			return false;
		g_string_append_printf(text, "%s%s", text->len ? ":" : "afterok:", status->reference);
	}
	*out_dependency = g_string_free(g_steal_pointer(&text), FALSE);
	return true;
}

static void add_to_array(ksig_engine *engine, GPtrArray *arrays, guint index, const char *dependency)
{
	const guint64 limit = MIN(backend(engine)->limits.array, ARRAY_LIMIT);
	struct array request = {0};

	usage_request(engine->state, g_ptr_array_index(engine->plan->jobs, index), &request.cpus,
		      &request.memory_mib, &request.timeout_s);
	g_autofree char *key = g_strdup_printf("%u %u %u %s", request.cpus, request.memory_mib,
					       request.timeout_s, dependency);
	for (guint i = 0; i < arrays->len; i++) {
		struct array *array = g_ptr_array_index(arrays, i);
		if (g_str_equal(array->key, key) && array->indexes->len < limit) {
			g_array_append_val(array->indexes, index);
			return;
		}
	}
	struct array *array = g_new0(struct array, 1);
	*array = request;
	array->key = g_steal_pointer(&key);
	array->dependency = g_strdup(dependency);
	array->indexes = g_array_new(FALSE, FALSE, sizeof(guint));
	g_array_append_val(array->indexes, index);
	g_ptr_array_add(arrays, array);
}

/* The jobs of the array, a hash a line, in a file that is named by what it says and by how often it was
 * tried. */
static char *write_list(const ksig_engine *engine, const struct array *array, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	unsigned attempts = 0;

	for (guint i = 0; i < array->indexes->len; i++) {
		const guint index = g_array_index(array->indexes, guint, i);
		const struct ksig_job *job = g_ptr_array_index(engine->plan->jobs, index);
		g_string_append_printf(text, "%s\n", job->hash);
		attempts = MAX(attempts, engine->status[index].attempts);
	}
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
	g_autofree char *name = g_strdup_printf("ksig-%.16s-%u", hash, attempts);
	g_autofree char *path = slurm_path(engine, name);
	return ksig_file_write(path, text->str, (gssize) text->len, 0644, error) ? g_steal_pointer(&name)
										 : NULL;
}

static char **sbatch_argv(const ksig_engine *engine, const struct array *array, const char *name)
{
	GPtrArray *argv = g_ptr_array_new();

	g_ptr_array_add(argv, g_strdup("sbatch"));
	g_ptr_array_add(argv, g_strdup("--parsable"));
	g_ptr_array_add(argv, g_strdup("--requeue"));
	g_ptr_array_add(argv, g_strdup("--kill-on-invalid-dep=yes"));
	g_ptr_array_add(argv, g_strdup_printf("--job-name=%s", name));
	g_ptr_array_add(argv, g_strdup_printf("--chdir=%s", engine->state));
	g_ptr_array_add(argv, g_strdup_printf("--output=%s/slurm/%s-%%a.out", engine->state, name));
	g_ptr_array_add(argv, g_strdup_printf("--array=0-%u", array->indexes->len - 1));
	g_ptr_array_add(argv, g_strdup_printf("--cpus-per-task=%u", array->cpus));
	g_ptr_array_add(argv, g_strdup_printf("--mem=%uM", array->memory_mib + WORKER_MEMORY_MIB));
	g_ptr_array_add(argv, g_strdup_printf("--time=%u", array->timeout_s / 60 + 2));
	if (*array->dependency)
		g_ptr_array_add(argv, g_strdup_printf("--dependency=%s", array->dependency));
	if (engine->partition)
		g_ptr_array_add(argv, g_strdup_printf("--partition=%s", engine->partition));
	g_ptr_array_add(argv, slurm_path(engine, "run"));
	for (char **word = engine->worker; word && *word; word++)
		g_ptr_array_add(argv, g_strdup(*word));
	g_ptr_array_add(argv, g_strdup(engine->state));
	g_ptr_array_add(argv, slurm_path(engine, name));
	g_ptr_array_add(argv, NULL);
	return (char **) g_ptr_array_free(argv, FALSE);
}

static bool submit_array(ksig_engine *engine, const struct array *array, GError **error)
{
	g_autofree char *name = write_list(engine, array, error);
	g_auto(GStrv) argv = name ? sbatch_argv(engine, array, name) : NULL;
	g_autoptr(GString) output = NULL;

	if (!argv || !command((const char *const *) argv, &output, error))
		return false;
	/* "JOB" or "JOB;CLUSTER" */
	const guint64 number = g_ascii_strtoull(output->str, NULL, 10);
	if (number == 0)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "sbatch: a job number expected, got %s",
				      g_strstrip(output->str));
	for (guint i = 0; i < array->indexes->len; i++) {
		const guint index = g_array_index(array->indexes, guint, i);
		struct job_status *status = &engine->status[index];
		g_free(status->reference);
		status->reference = g_strdup_printf("%" G_GUINT64_FORMAT "_%u", number, i);
		status->attempts++;
		engine_set(engine, index, KSIG_JOB_QUEUED, NULL);
	}
	return true;
}

static guint room_of(ksig_engine *engine)
{
	const struct slurm *slurm = backend(engine);

	return slurm->limits.submitted > slurm->queued ? (guint) slurm->limits.submitted - slurm->queued : 0;
}

/* One level of the plan. Returns how many jobs were submitted; -1: an error. */
static int submit_level(ksig_engine *engine, GError **error)
{
	g_autoptr(GPtrArray) arrays = g_ptr_array_new_with_free_func(array_free);
	int count = 0;

	for (guint i = 0; i < engine->plan->jobs->len; i++) {
		g_autofree char *dependency = NULL;
		if (engine->status[i].state == KSIG_JOB_WAITING && dependency_of(engine, i, &dependency))
			add_to_array(engine, arrays, i, dependency);
	}
	for (guint i = 0; i < arrays->len; i++) {
		const struct array *array = g_ptr_array_index(arrays, i);
		const guint room = room_of(engine);
		if (room == 0)
			break; /* the rest waits here */
		if (array->indexes->len > room)
			g_array_set_size(array->indexes, room);
		if (!submit_array(engine, array, error))
			return -1;
		backend(engine)->queued += array->indexes->len;
		count += (int) array->indexes->len;
	}
	return count;
}

/* ---- looking ------------------------------------------------------------------------------------- */

/* What is in the queue: "JOB_INDEX" to "STATE|NAME". */
static GHashTable *read_queue(GError **error)
{
	const char *const argv[] = {"squeue", "--noheader", "--array", "--me", "--format=%i|%T|%j", NULL};
	g_autoptr(GString) output = NULL;
	GHashTable *queue = NULL;

	if (!command(argv, &output, error))
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
	struct slurm *slurm = backend(engine);
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
	struct slurm *slurm = backend(engine);
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
	struct slurm *slurm = backend(engine);
	g_autoptr(GError) reason = NULL;
	int count = 0;

	if (!adopt(engine, &reason))
		return may_pass(engine, &reason, error);
	while ((count = submit_level(engine, &reason)) > 0)
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

	if (!command(argv, &output, NULL) || output->len == 0)
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
	struct slurm *slurm = backend(engine);
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
	return command((const char *const *) argv->pdata, NULL, error);
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
