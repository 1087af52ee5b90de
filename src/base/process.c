/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes: a group of their own that ends with ours, input from memory, a time limit, PATH without
 * folders that others may write to (for root), the tail of stderr as the error.
 */
#include "base/process-cpu-internal.h"
#include "base/process-guard-internal.h"
#include "base/process-signals-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ERROR_TAIL_BYTES = 4096,
	CHUNK_BYTES = 65536,
	WAIT_STEP_MS = 200,
};

struct ksig_process {
	char *name;
	GPid pid;        /* 0: reaped */
	int output_fd;   /* -1: closed, or the child's output goes to a log */
	int error_fd;    /* -1: goes to a log */
	GString *errors; /* the last bytes of its standard error */
	GThread *error_reader;
};

/* What the child does before it becomes another program. */
struct beginning {
	const struct ksig_process_options *options;
	pid_t parent;
};

static void begin_program(const struct ksig_process_options *options)
{
	signal(SIGPIPE, SIG_DFL);
	if (options->confine && !options->confine(options->confine_data))
		_exit(EXIT_FAILURE);
}

static void begin_child(gpointer data)
{
	const struct beginning *beginning = data;

	setpgid(0, 0);
	if (beginning->options->ends_all) {
		if (!process_guard_stand(beginning->parent))
			_exit(EXIT_FAILURE);
		begin_program(beginning->options);
		return;
	}
	/* Nobody is left to end it if this process is killed by what cannot be caught, or was already. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != beginning->parent)
		_exit(EXIT_FAILURE);
	begin_program(beginning->options);
}

static char **environment_for(const struct ksig_process_options *options)
{
	char **environment = options->only_environment ? g_new0(char *, 1) : g_get_environ();

	for (const char *const *entry = options->environment; entry && *entry; entry++) {
		const char *equals = strchr(*entry, '=');
		g_autofree char *name = equals ? g_strndup(*entry, (gsize) (equals - *entry))
					       : g_strdup(*entry);
		environment = equals ? g_environ_setenv(environment, name, equals + 1, TRUE)
				     : g_environ_unsetenv(environment, name);
	}
	return environment;
}

static void keep_tail(GString *tail, const char *data, size_t length_bytes)
{
	g_string_append_len(tail, data, (gssize) length_bytes);
	if (tail->len > 2 * ERROR_TAIL_BYTES)
		g_string_erase(tail, 0, (gssize) (tail->len - ERROR_TAIL_BYTES));
}

static gpointer read_errors(gpointer data)
{
	ksig_process *process = data;
	char buffer[CHUNK_BYTES];
	ssize_t got = 0;

	while ((got = read(process->error_fd, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR))
		if (got > 0)
			keep_tail(process->errors, buffer, (size_t) got);
	return NULL;
}

/* The child's input as a file in memory: no pipe to keep filled, no SIGPIPE when the child does not read it.
 */
static int input_fd(const struct ksig_process_options *options, GError **error)
{
	const int fd = memfd_create("ksig-input", MFD_CLOEXEC);
	size_t written_bytes = 0;

	while (fd >= 0 && written_bytes < options->input_length_bytes) {
		const ssize_t got = write(fd, options->input + written_bytes,
					  options->input_length_bytes - written_bytes);
		if (got < 0 && errno != EINTR)
			break;
		written_bytes += (size_t) MAX(got, 0);
	}
	if (fd < 0 || written_bytes < options->input_length_bytes || lseek(fd, 0, SEEK_SET) != 0) {
		ksig_error_errno(error, errno, "input of a child process");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* Folders of PATH that somebody else could put a program into do not count for root, nor relative ones for
 * anybody. */
static bool is_trusted(const char *folder)
{
	struct stat status;

	if (folder[0] != '/' || stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
		return false;
	return geteuid() != 0 || (status.st_uid == 0 && !(status.st_mode & S_IWOTH));
}

static char *find_program(const char *name, GError **error)
{
	const char *path = g_getenv("PATH");
	g_auto(GStrv) folders = g_strsplit(path ? path : "/usr/bin:/bin", ":", -1);

	if (strchr(name, '/'))
		return g_strdup(name);
	for (char **folder = folders; *folder; folder++) {
		g_autofree char *file = g_build_filename(*folder, name, NULL);
		if (is_trusted(*folder) && g_file_test(file, G_FILE_TEST_IS_EXECUTABLE) &&
		    !g_file_test(file, G_FILE_TEST_IS_DIR))
			return g_steal_pointer(&file);
	}
	ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: not installed (looked for in PATH)", name);
	return NULL;
}

static bool spawn(ksig_process *process, const char *const *argv, const struct ksig_process_options *options,
		  int in_fd, GError **error)
{
	g_auto(GStrv) environment = environment_for(options);
	g_autofree char *program = find_program(argv[0], error);
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	const bool logs = options->log_fd > 0;
	struct beginning beginning = {.options = options, .parent = getpid()};
	g_autoptr(GError) reason = NULL;

	if (!program)
		return false;
	/* g_spawn's own search would take what is trusted less. */
	g_ptr_array_add(all, program);
	for (const char *const *argument = argv; *argument; argument++)
		g_ptr_array_add(all, (gpointer) *argument);
	g_ptr_array_add(all, NULL);
	if (!g_spawn_async_with_pipes_and_fds(
		    options->directory, (const char *const *) all->pdata, (const char *const *) environment,
		    G_SPAWN_FILE_AND_ARGV_ZERO | G_SPAWN_DO_NOT_REAP_CHILD, begin_child, &beginning, in_fd,
		    logs && options->log_output ? options->log_fd : -1, logs ? options->log_fd : -1, NULL,
		    NULL, 0, &process->pid, NULL, logs && options->log_output ? NULL : &process->output_fd,
		    logs ? NULL : &process->error_fd, &reason))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", argv[0], reason->message);
	process_signals_add(process->pid);
	return true;
}

ksig_process *ksig_process_start(const char *const *argv, const struct ksig_process_options *options,
				 GError **error)
{
	static const struct ksig_process_options none;
	const struct ksig_process_options *o = options ? options : &none;
	g_autoptr(ksig_process) process = g_new0(ksig_process, 1);

	process->name = g_path_get_basename(argv[0]);
	process->output_fd = process->error_fd = -1;
	process->errors = g_string_new(NULL);
	const int in_fd = input_fd(o, error);
	if (in_fd < 0)
		return NULL;
	const bool spawned = spawn(process, argv, o, in_fd, error);
	close(in_fd);
	if (!spawned)
		return NULL;
	if (process->error_fd >= 0)
		process->error_reader = g_thread_new("stderr", read_errors, process);
	return g_steal_pointer(&process);
}

int ksig_process_fd(const ksig_process *process)
{
	return process->output_fd;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* What the child left running in its group ends with it: nobody else would. */
static void end_group(const ksig_process *process)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t) process->pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
		;
	kill(-process->pid, SIGKILL);
}

static int reap(ksig_process *process)
{
	int status = 0;

	end_group(process);
	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		;
	process_signals_remove(process->pid);
	process->pid = 0;
	if (process->error_reader)
		g_thread_join(g_steal_pointer(&process->error_reader));
	close_fd(&process->error_fd);
	return status;
}

static bool say_failure(const ksig_process *process, int status, GError **error)
{
	g_autofree char *tail = ksig_utf8(process->errors->str, (gssize) process->errors->len);
	const char *said = g_strstrip(tail);
	const char *colon = *said ? ": " : "";

	if (strlen(said) > ERROR_TAIL_BYTES)
		said += strlen(said) - ERROR_TAIL_BYTES;
	if (WIFSIGNALED(status))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: killed by signal %d%s%s",
				      process->name, WTERMSIG(status), colon, said);
	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: exit status %d%s%s", process->name,
			      WEXITSTATUS(status), colon, said);
}

bool ksig_process_finish(ksig_process *process, int *out_status, GError **error)
{
	close_fd(&process->output_fd);
	const int status = reap(process);
	if (!WIFEXITED(status) || (!out_status && WEXITSTATUS(status) != 0))
		return say_failure(process, status, error);
	if (out_status)
		*out_status = WEXITSTATUS(status);
	return true;
}

void ksig_process_free(ksig_process *process)
{
	if (!process)
		return;
	close_fd(&process->output_fd);
	if (process->pid > 0) {
		kill(-process->pid, SIGKILL);
		kill(process->pid, SIGKILL);
		reap(process);
	}
	g_string_free(process->errors, TRUE);
	g_free(process->name);
	g_free(process);
}

/* What ksig_process_run() keeps while the child runs. */
struct exchange {
	const struct ksig_process_options *options;
	GString *output;
	size_t read_bytes;
	gint64 deadline_us; /* 0: none */
	gint64 looked_us;   /* when processor time was looked at */
};

static bool read_output(ksig_process *process, struct exchange *exchange, GError **error)
{
	const size_t limit = exchange->options->output_limit_bytes ? exchange->options->output_limit_bytes
								   : 1UL << 30;
	char buffer[CHUNK_BYTES];
	const ssize_t got = read(process->output_fd, buffer, sizeof buffer);

	if (got < 0 && errno == EINTR)
		return true;
	if (got <= 0) {
		close_fd(&process->output_fd);
		return true;
	}
	exchange->read_bytes += (size_t) got;
	if (exchange->read_bytes > limit)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: more than %zu bytes of output",
				      process->name, limit);
	if (exchange->output)
		g_string_append_len(exchange->output, buffer, got);
	return !exchange->options->watch ||
	       exchange->options->watch(buffer, (size_t) got, exchange->options->watch_data, error);
}

static bool out_of_cpu(const ksig_process *process, struct exchange *exchange, GError **error)
{
	const struct ksig_process_options *options = exchange->options;
	const gint64 now_us = g_get_monotonic_time();

	if (options->cpu_limit_s == 0 || now_us - exchange->looked_us < G_USEC_PER_SEC)
		return false;
	exchange->looked_us = now_us;
	if (process_cpu_s(process->pid) < options->cpu_limit_s)
		return false;
	if (options->out_of_cpu)
		*options->out_of_cpu = true;
	ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: more than %u s of processor time", process->name,
		       options->cpu_limit_s);
	return true;
}

static bool out_of_time(const ksig_process *process, struct exchange *exchange, GError **error)
{
	if (out_of_cpu(process, exchange, error))
		return true;
	if (exchange->deadline_us == 0 || g_get_monotonic_time() < exchange->deadline_us)
		return false;
	ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: no end within %u ms", process->name,
		       exchange->options->timeout_ms);
	return true;
}

static bool exchange_step(ksig_process *process, struct exchange *exchange, GError **error)
{
	struct pollfd fd = {.fd = process->output_fd, .events = POLLIN};

	if (poll(&fd, 1, WAIT_STEP_MS) < 0 && errno != EINTR)
		return ksig_error_errno(error, errno, "%s", process->name);
	if (out_of_time(process, exchange, error))
		return false;
	return fd.revents == 0 || read_output(process, exchange, error);
}

/* The child closed its output, but may still run: waited for within the time limit. */
static bool wait_for_end(ksig_process *process, struct exchange *exchange, GError **error)
{
	siginfo_t info;

	if (exchange->deadline_us == 0 && exchange->options->cpu_limit_s == 0)
		return true;
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t) process->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		    info.si_pid != 0)
			return true;
		if (out_of_time(process, exchange, error))
			return false;
		g_usleep(5000);
	}
}

bool ksig_process_run(const char *const *argv, const struct ksig_process_options *options, int *out_status,
		      GString **out_output, GError **error)
{
	static const struct ksig_process_options none;
	struct exchange exchange = {.options = options ? options : &none};
	g_autoptr(ksig_process) process = ksig_process_start(argv, exchange.options, error);
	g_autoptr(GString) output = out_output ? g_string_new(NULL) : NULL;

	if (!process)
		return false;
	exchange.output = output;
	if (exchange.options->timeout_ms > 0)
		exchange.deadline_us = g_get_monotonic_time() + (gint64) exchange.options->timeout_ms * 1000;
	while (process->output_fd >= 0)
		if (!exchange_step(process, &exchange, error))
			return false;
	if (!wait_for_end(process, &exchange, error) || !ksig_process_finish(process, out_status, error))
		return false;
	if (out_output)
		*out_output = g_steal_pointer(&output);
	return true;
}
