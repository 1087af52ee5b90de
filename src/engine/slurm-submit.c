/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs that ask for the same and wait for the same, as arrays of sbatch, within the limits of the cluster. */
#include "engine/slurm-submit-internal.h"
#include "engine/usage-internal.h"

enum {
	COMMAND_TIMEOUT_MS = 60000,
	WORKER_MEMORY_MIB = 32,
	ARRAY_LIMIT = 1000, /* beyond it, a list of dependencies is longer than sbatch takes */
};

struct slurm *slurm_backend(ksig_engine *engine)
{
	if (!engine->backend)
		engine->backend = g_new0(struct slurm, 1);
	return engine->backend;
}

bool slurm_command(const char *const *argv, GString **out_output, GError **error)
{
	const struct ksig_process_options options = {.timeout_ms = COMMAND_TIMEOUT_MS,
						     .output_limit_bytes = 64 << 20};

	return ksig_process_run(argv, &options, NULL, out_output, error);
}

char *slurm_path(const ksig_engine *engine, const char *name)
{
	return g_build_filename(engine->state, "slurm", name, NULL);
}

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
	const guint64 limit = MIN(slurm_backend(engine)->limits.array, ARRAY_LIMIT);
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

	if (!argv || !slurm_command((const char *const *) argv, &output, error))
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
	const struct slurm *slurm = slurm_backend(engine);

	return slurm->limits.submitted > slurm->queued ? (guint) slurm->limits.submitted - slurm->queued : 0;
}

int slurm_submit_level(ksig_engine *engine, GError **error)
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
		slurm_backend(engine)->queued += array->indexes->len;
		count += (int) array->indexes->len;
	}
	return count;
}
