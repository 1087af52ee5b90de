/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker: one job, run within its limits, its result moved into place whole. */
#include "engine/plan-internal.h"
#include "engine/state-internal.h"
#include "engine/usage-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOOK_MS = 250,
	LOG_TAIL_BYTES = 600,
	LOCK_WAIT_S = 86400,
	LIST_LIMIT_BYTES = 1 << 20,
};

typedef struct {
	const char *state, *hash;
	struct ksig_job *job;
	JsonObject *need_hashes;
	char *folder; /* work/HASH.XXXXXX; removed with this, unless it became the result */
	char *files, *build;
	unsigned memory_limit_mib, timeout_s;
	struct job_usage usage;
	sigset_t old_mask;
} work_run;

static void work_clear(work_run *work)
{
	if (work->folder)
		ksig_directory_remove(work->folder, NULL);
	g_clear_pointer(&work->need_hashes, json_object_unref);
	job_free(work->job);
	g_free(work->folder);
	g_free(work->files);
	g_free(work->build);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(work_run, work_clear)

/* ---- what is run --------------------------------------------------------------------------------- */

static bool replace_results(const work_run *work, GString *string, GError **error)
{
	static const char head[] = "${result:";
	const char *at = NULL;

	while ((at = strstr(string->str, head))) {
		const char *name = at + strlen(head);
		const char *end = strchr(name, '}');
		g_autofree char *needed = end ? g_strndup(name, (gsize) (end - name)) : NULL;
		const char *hash = needed ? ksig_json_string(work->need_hashes, needed) : NULL;
		if (!hash)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not the result of a job it needs",
					      at);
		g_autofree char *path = result_path(work->state, hash, "files");
		const gssize offset = at - string->str;
		g_string_erase(string, offset, end + 1 - at);
		g_string_insert(string, offset, path);
	}
	return true;
}

static char **substitute(const work_run *work, char **strings, GError **error)
{
	g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func(g_free);

	for (; strings && *strings; strings++) {
		g_autoptr(GString) string = g_string_new(*strings);
		g_string_replace(string, "${output}", work->files, 0);
		if (!replace_results(work, string, error))
			return NULL;
		g_ptr_array_add(out, g_string_free(g_steal_pointer(&string), FALSE));
	}
	g_ptr_array_add(out, NULL);
	return (char **) g_ptr_array_free(g_steal_pointer(&out), FALSE);
}

static char **environment_of(const work_run *work, GError **error)
{
	g_auto(GStrv) entries = substitute(work, work->job->environment, error);
	char **environment = NULL;

	if (!entries)
		return NULL;
	environment = g_environ_setenv(g_get_environ(), "KSIG_OUTPUT", work->files, TRUE);
	for (char **entry = entries; *entry; entry++) {
		g_autofree char *name = g_strndup(*entry, strcspn(*entry, "="));
		environment = g_environ_setenv(environment, name, strchr(*entry, '=') + 1, TRUE);
	}
	return environment;
}

/* In the child: a process group of its own, which dies with the worker. */
static void child_setup(gpointer data)
{
	const work_run *work = data;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, &work->old_mask, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static bool spawn(work_run *work, GPid *out_pid, GError **error)
{
	g_auto(GStrv) argv = substitute(work, work->job->argv, error);
	g_auto(GStrv) environment = argv ? environment_of(work, error) : NULL;
	g_autofree char *log = job_path(work->state, work->hash, "log");
	g_autoptr(GError) reason = NULL;

	if (!environment)
		return false;
	const int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return ksig_error_errno(error, errno, "%s", log);
	const bool good = g_spawn_async_with_fds(work->build, argv, environment,
						 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
							 G_SPAWN_STDIN_FROM_DEV_NULL,
						 child_setup, work, out_pid, -1, fd, fd, &reason);
	close(fd);
	if (!good)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %s", argv[0], reason->message);
	return true;
}

/* ---- limits -------------------------------------------------------------------------------------- */

/* The resident pages of process NAME if it is of GROUP (proc(5): pgrp is field 5, rss field 24). */
static uint64_t resident_pages(const char *name, GPid group)
{
	g_autofree char *path = g_build_filename("/proc", name, "stat", NULL);
	g_autofree char *stat = ksig_file_read(path, 4096, NULL, NULL);
	const char *after = stat ? strrchr(stat, ')') : NULL;

	if (!after)
		return 0;
	g_auto(GStrv) fields = g_strsplit(after + 1, " ", 0);
	if (g_strv_length(fields) < 23 || atoi(fields[3]) != group)
		return 0;
	return g_ascii_strtoull(fields[22], NULL, 10);
}

static uint64_t group_memory_mib(GPid group)
{
	g_autoptr(GDir) dir = g_dir_open("/proc", 0, NULL);
	const char *name = NULL;
	uint64_t pages = 0;

	while (dir && (name = g_dir_read_name(dir)))
		if (g_ascii_isdigit(*name))
			pages += resident_pages(name, group);
	return (pages * (uint64_t) sysconf(_SC_PAGESIZE)) >> 20;
}

static bool over_limit(work_run *work, GPid pid, gint64 started_us, GError **error)
{
	const uint64_t memory_mib = group_memory_mib(pid);

	work->usage.memory_mib = MAX(work->usage.memory_mib, memory_mib);
	if (memory_mib > work->memory_limit_mib) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "uses %" G_GUINT64_FORMAT " MiB, more than its %u MiB", memory_mib,
			       work->memory_limit_mib);
		return true;
	}
	if (g_get_monotonic_time() - started_us > (gint64) work->timeout_s * G_USEC_PER_SEC) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no end within %u s", work->timeout_s);
		return true;
	}
	return false;
}

/* Waits for a signal that says to look: the child ended, or this worker shall. Returns false for the latter.
 */
static bool wait_for_news(GError **error)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	const int got = sigtimedwait(&set, NULL, &(struct timespec){.tv_nsec = LOOK_MS * 1000000L});
	if (got == SIGTERM || got == SIGINT)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "ended by signal %d", got);
	return true;
}

static char *log_tail(const work_run *work)
{
	g_autofree char *path = job_path(work->state, work->hash, "log");
	g_autoptr(GString) tail = g_string_new(NULL);
	char buffer[LOG_TAIL_BYTES];
	const int fd = ksig_file_open(path, NULL);

	if (fd < 0)
		return g_strdup("");
	const off_t end = lseek(fd, 0, SEEK_END);
	const ssize_t got = pread(fd, buffer, sizeof buffer, MAX(end - LOG_TAIL_BYTES, 0));
	close(fd);
	g_string_append_len(tail, buffer, MAX(got, 0));
	g_autofree char *text = ksig_utf8(tail->str, (gssize) tail->len);
	return g_strdup(g_strstrip(text));
}

static bool judge(const work_run *work, int status, GError **error)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	g_autofree char *tail = log_tail(work);
	const bool killed = WIFSIGNALED(status);
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s %d%s%s",
			      killed ? "killed by signal" : "exit status",
			      killed ? WTERMSIG(status) : WEXITSTATUS(status), *tail ? ": " : "", tail);
}

static bool attend(work_run *work, GPid pid, int *out_status, GError **error)
{
	const gint64 started_us = g_get_monotonic_time();
	struct rusage usage;
	bool within = true;
	pid_t got = 0;

	while ((got = wait4(pid, out_status, WNOHANG, &usage)) == 0 || (got < 0 && errno == EINTR)) {
		within = wait_for_news(error) && !over_limit(work, pid, started_us, error);
		if (within)
			continue;
		kill(-pid, SIGKILL);
		wait4(pid, out_status, 0, &usage);
		break;
	}
	/* What the job left running in its group has no business any more. */
	kill(-pid, SIGKILL);
	work->usage.wall_s = (double) (g_get_monotonic_time() - started_us) / G_USEC_PER_SEC;
	work->usage.cpu_s = (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			    (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
	work->usage.memory_mib = MAX(work->usage.memory_mib, (uint64_t) usage.ru_maxrss >> 10);
	return within;
}

static bool run(work_run *work, GError **error)
{
	sigset_t set;
	GPid pid = 0;
	int status = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, &work->old_mask);
	const bool good = spawn(work, &pid, error) && attend(work, pid, &status, error) &&
			  judge(work, status, error);
	pthread_sigmask(SIG_SETMASK, &work->old_mask, NULL);
	return good;
}

/* ---- before and after ---------------------------------------------------------------------------- */

static bool prepare(work_run *work, GError **error)
{
	g_autofree char *path = job_path(work->state, work->hash, "job.json");
	g_autofree char *parent = g_build_filename(work->state, "work", NULL);
	g_autoptr(JsonObject) object = json_object_read(path, error);
	unsigned cpus = 0;

	if (!object)
		return false;
	JsonNode *needs = json_object_get_member(object, "need_hashes");
	if (!needs || !JSON_NODE_HOLDS_OBJECT(needs))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: need_hashes expected", path);
	work->need_hashes = json_object_ref(json_node_get_object(needs));
	json_object_remove_member(object, "need_hashes");
	work->job = job_from_json(object, error);
	if (!work->job)
		return false;
	if (!work->job->argv || !work->job->argv[0])
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no argv: a job for koji only",
				      work->job->name);
	usage_request(work->state, work->job, &cpus, &work->memory_limit_mib, &work->timeout_s);
	work->folder = ksig_directory_temporary(parent, work->hash, error);
	if (!work->folder)
		return false;
	if (chmod(work->folder, 0755) != 0)
		return ksig_error_errno(error, errno, "%s", work->folder);
	work->files = g_build_filename(work->folder, "files", NULL);
	work->build = g_build_filename(work->folder, "build", NULL);
	return ksig_directory_make(work->files, error) && ksig_directory_make(work->build, error);
}

static bool publish(work_run *work, GError **error)
{
	g_autofree char *usage_path = g_build_filename(work->folder, "usage.json", NULL);
	g_autofree char *result = g_build_filename(work->state, "results", work->hash, NULL);
	g_autoptr(JsonObject) usage = usage_to_json(&work->usage);

	/* A result is one for good: a power cut does not leave it with files that are empty. */
	if (!ksig_directory_remove(work->build, error) || !json_object_write(usage_path, usage, error) ||
	    !ksig_directory_sync(work->folder, error))
		return false;
	if (g_rename(work->folder, result) != 0 && !result_is_there(work->state, work->hash))
		return ksig_error_errno(error, errno, "%s", result);
	return usage_record(work->state, work->job, &work->usage, error);
}

static ksig_lock *take_lock(const char *state, const char *hash, GError **error)
{
	g_autofree char *path = job_path(state, hash, "lock");

	for (unsigned waited_s = 0;; waited_s++) {
		g_autoptr(GError) reason = NULL;
		ksig_lock *lock = ksig_lock_take(path, &reason);
		if (lock)
			return lock;
		if (waited_s >= LOCK_WAIT_S) {
			g_propagate_error(error, g_steal_pointer(&reason));
			return NULL;
		}
		g_usleep(G_USEC_PER_SEC);
	}
}

static void record_failure(const work_run *work, const GError *reason)
{
	g_autofree char *path = job_path(work->state, work->hash, "failure");
	g_autofree char *text = ksig_utf8(reason->message, -1);

	/* A worker that was ended did not fail: its job is run again. */
	if (reason->domain == KSIG_ERROR && reason->code == KSIG_ERROR_ENVIRONMENT)
		return;
	ksig_file_write(path, text, -1, 0644, NULL);
}

static bool work(const char *state, const char *hash, GError **error)
{
	g_auto(work_run) work = {.state = state, .hash = hash};
	g_autofree char *failure = job_path(state, hash, "failure");
	g_autoptr(ksig_lock) lock = take_lock(state, hash, error);
	g_autoptr(GError) reason = NULL;

	if (!lock)
		return false;
	if (result_is_there(state, hash))
		return true;
	unlink(failure);
	if (prepare(&work, &reason) && run(&work, &reason) && publish(&work, &reason))
		return true;
	record_failure(&work, reason);
	g_propagate_prefixed_error(error, g_steal_pointer(&reason), "%s: ", work.job ? work.job->name : hash);
	return false;
}

static char *hash_from_list(const char *path, GError **error)
{
	const char *number = g_getenv("SLURM_ARRAY_TASK_ID");
	g_autofree char *text = ksig_file_read(path, LIST_LIMIT_BYTES, NULL, error);
	guint64 index = 0;

	if (!text)
		return NULL;
	g_auto(GStrv) hashes = g_strsplit(text, "\n", 0);
	if (!number || !g_ascii_string_to_unsigned(number, 10, 0, G_MAXINT32, &index, NULL) ||
	    index >= g_strv_length(hashes) || strlen(hashes[index]) != 64) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no job %s in it", path,
			       number ? number : "(no number)");
		return NULL;
	}
	return g_strdup(hashes[index]);
}

bool ksig_engine_work(const char *state, const char *hash, GError **error)
{
	g_autofree char *listed = NULL;

	if (!strchr(hash, '/'))
		return work(state, hash, error);
	listed = hash_from_list(hash, error);
	return listed && work(state, listed, error);
}
