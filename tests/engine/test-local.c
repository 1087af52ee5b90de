/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local engine with real processes; this program is its own worker. */
#include "engine/engine.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char *self;

struct fixture {
	ksig_scratch *folder;
	char *state, *trace;
	ksig_plan *plan;
};

static void fixture_up(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	fixture->folder = ksig_directory_temporary(NULL, "engine", NULL);
	fixture->state = g_build_filename(fixture->folder, "state", NULL);
	fixture->trace = g_build_filename(fixture->folder, "trace", NULL);
	fixture->plan = ksig_engine_plan_new("test");
}

static void fixture_down(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	ksig_engine_plan_free(fixture->plan);
	g_free(fixture->state);
	g_free(fixture->trace);
	ksig_scratch_free(fixture->folder);
}

/* A job that runs SCRIPT with the trace file as $0 and leaves a line "NAME" there first. */
static struct ksig_job *add(struct fixture *fixture, const char *name, const char *needs, const char *script)
{
	struct ksig_job *job = ksig_engine_plan_add(fixture->plan, name);
	g_autofree char *text = g_strdup_printf("echo %s >> \"$0\"; %s", name, script);
	const char *const argv[] = {"sh", "-c", text, fixture->trace, NULL};

	job->argv = g_strdupv((char **) argv);
	job->needs = needs ? g_strsplit(needs, " ", 0) : NULL;
	job->memory_mib = 256;
	return job;
}

static ksig_engine *open_engine(struct fixture *fixture, unsigned cpus)
{
	const char *const worker[] = {self, "work", NULL};
	const struct ksig_engine_options options = {.kind = "local",
						    .state = fixture->state,
						    .worker = worker,
						    .max_cpus = cpus,
						    .max_memory_mib = 4096,
						    .poll_ms = 10};
	g_autoptr(GError) error = NULL;

	g_assert_true(ksig_engine_plan_seal(fixture->plan, &error));
	ksig_engine *engine = ksig_engine_open(fixture->plan, &options, &error);
	g_assert_no_error(error);
	return engine;
}

static guint traced(const struct fixture *fixture, const char *name)
{
	g_autofree char *trace = NULL;
	guint count = 0;

	if (!g_file_get_contents(fixture->trace, &trace, NULL, NULL))
		return 0;
	g_auto(GStrv) lines = g_strsplit(trace, "\n", 0);
	for (char **line = lines; *line; line++)
		count += g_str_equal(*line, name);
	return count;
}

static void assert_state(const struct fixture *fixture, const ksig_engine *engine, const char *name,
			 enum ksig_job_state state)
{
	const enum ksig_job_state is = ksig_engine_state(engine, ksig_engine_plan_find(fixture->plan, name),
							 NULL);

	g_assert_cmpstr(ksig_engine_job_state_name(is), ==, ksig_engine_job_state_name(state));
}

/* A diamond: the last job reads what the two in the middle made from the first. */
static void test_diamond(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	add(fixture, "top", NULL, "echo base > ${output}/x");
	add(fixture, "left", "top", "{ cat ${result:top}/x; echo left; } > ${output}/x");
	add(fixture, "right", "top", "{ cat ${result:top}/x; echo right; } > $KSIG_OUTPUT/x");
	add(fixture, "bottom", "left right", "cat ${result:left}/x ${result:right}/x > ${output}/x");
	g_autoptr(ksig_engine) engine = open_engine(fixture, 2);
	g_autoptr(GError) error = NULL;
	g_assert_true(ksig_engine_watch(engine, NULL, NULL, &error));
	g_autofree char *to = g_build_filename(fixture->folder, "out", NULL);
	g_assert_true(ksig_engine_collect(engine, to, &error));
	g_autofree char *file = g_build_filename(to, "bottom", "x", NULL);
	g_autofree char *text = NULL;
	g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "base\nleft\nbase\nright\n");
}

static void test_again_runs_nothing(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	add(fixture, "a", NULL, "true");
	for (int i = 0; i < 2; i++) {
		g_autoptr(ksig_engine) engine = open_engine(fixture, 2);
		g_assert_true(ksig_engine_watch(engine, NULL, NULL, NULL));
	}
	g_assert_cmpuint(traced(fixture, "a"), ==, 1);
}

static void test_failure(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	g_autofree char *flag = g_build_filename(fixture->folder, "flag", NULL);
	g_autofree char *script = g_strdup_printf("echo the reason >&2; test -e %s", flag);
	add(fixture, "good", NULL, "true");
	add(fixture, "bad", NULL, script);
	add(fixture, "after", "bad", "true");
	add(fixture, "last", "after", "true");
	{
		g_autoptr(ksig_engine) engine = open_engine(fixture, 2);
		g_autoptr(GError) error = NULL;
		g_assert_false(ksig_engine_watch(engine, NULL, NULL, &error));
		g_assert_error(error, KSIG_ERROR, KSIG_ERROR_NEGATIVE);
		g_assert_nonnull(strstr(error->message,
					"3 of 4 jobs not done; first bad: failed: exit status 1: "
					"the reason"));
		assert_state(fixture, engine, "good", KSIG_JOB_DONE);
		assert_state(fixture, engine, "last", KSIG_JOB_BLOCKED);
	}
	g_assert_true(g_file_set_contents(flag, "", 0, NULL));
	g_autoptr(ksig_engine) engine = open_engine(fixture, 2);
	assert_state(fixture, engine, "bad", KSIG_JOB_FAILED);
	g_assert_true(ksig_engine_resume(engine, NULL));
	g_assert_true(ksig_engine_watch(engine, NULL, NULL, NULL));
	g_assert_cmpuint(traced(fixture, "good"), ==, 1);
	g_assert_cmpuint(traced(fixture, "bad"), ==, 2);
	g_assert_cmpuint(traced(fixture, "last"), ==, 1);
}

static void test_limit(struct fixture *fixture, gconstpointer data)
{
	const bool memory = data != NULL;
	struct ksig_job *job = add(fixture, "a", NULL, "exec tail /dev/zero");
	g_autoptr(GError) error = NULL;

	if (!memory) {
		job->argv[2][0] = '\0';
		g_free(job->argv[2]);
		job->argv[2] = g_strdup("sleep 60 & sleep 60");
		job->timeout_s = 1;
	}
	g_autoptr(ksig_engine) engine = open_engine(fixture, 1);
	g_assert_false(ksig_engine_watch(engine, NULL, NULL, &error));
	g_assert_nonnull(strstr(error->message, memory ? "more than its 256 MiB" : "no end within 1 s"));
}

/* Never more at once than there is room for: each job sees how many others run. */
static void test_room(struct fixture *fixture, gconstpointer data)
{
	const unsigned cpus = GPOINTER_TO_UINT(data);
	for (int i = 0; i < 6; i++) {
		g_autofree char *name = g_strdup_printf("j%d", i);
		g_autofree char *script = g_strdup_printf("d=%s/run; mkdir -p $d; : > $d/%d; sleep 0.2;"
							  "ls $d | wc -l > ${output}/n; rm $d/%d",
							  fixture->folder, i, i);
		add(fixture, name, NULL, script);
	}
	g_autoptr(ksig_engine) engine = open_engine(fixture, cpus);
	g_assert_true(ksig_engine_watch(engine, NULL, NULL, NULL));
	g_autofree char *to = g_build_filename(fixture->folder, "out", NULL);
	g_assert_true(ksig_engine_collect(engine, to, NULL));
	unsigned most = 0;
	for (int i = 0; i < 6; i++) {
		g_autofree char *file = g_strdup_printf("%s/j%d/n", to, i);
		g_autofree char *text = NULL;
		g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
		most = MAX(most, (unsigned) atoi(text));
	}
	g_assert_cmpuint(most, <=, cpus);
	g_assert_cmpuint(most, >=, MIN(cpus, 2));
}

static pid_t watch_in_child(struct fixture *fixture)
{
	const pid_t pid = fork();

	if (pid == 0) {
		g_autoptr(ksig_engine) engine = open_engine(fixture, 2);
		_exit(ksig_engine_watch(engine, NULL, NULL, NULL) ? 0 : 1);
	}
	return pid;
}

static void wait_for_trace(const struct fixture *fixture, const char *name)
{
	for (int i = 0; i < 2000 && traced(fixture, name) == 0; i++)
		g_usleep(10000);
	g_assert_cmpuint(traced(fixture, name), ==, 1);
}

/* ksig is killed in the middle: the job that ran is lost and run again, the one before is not. */
static void test_kill(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	g_autofree char *flag = g_build_filename(fixture->folder, "flag", NULL);
	g_autofree char *script = g_strdup_printf("test -e %s || sleep 60; echo x > ${output}/x", flag);
	add(fixture, "first", NULL, "true");
	add(fixture, "second", "first", script);
	add(fixture, "third", "second", "cat ${result:second}/x");
	const pid_t pid = watch_in_child(fixture);
	wait_for_trace(fixture, "second");
	g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
	waitpid(pid, NULL, 0);
	g_assert_true(g_file_set_contents(flag, "", 0, NULL));
	g_autoptr(ksig_engine) engine = open_engine(fixture, 2);
	g_autoptr(GError) error = NULL;
	ksig_engine_watch(engine, NULL, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(traced(fixture, "first"), ==, 1);
	g_assert_cmpuint(traced(fixture, "second"), ==, 2);
	g_assert_cmpuint(traced(fixture, "third"), ==, 1);
}

static void test_cancel(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	int how = 0;
	add(fixture, "long", NULL, "sleep 60");
	const pid_t pid = watch_in_child(fixture);
	wait_for_trace(fixture, "long");
	g_assert_true(ksig_engine_plan_seal(fixture->plan, NULL));
	g_assert_true(ksig_engine_request_cancel(fixture->state, fixture->plan->hash, NULL));
	waitpid(pid, &how, 0);
	g_assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 1);
	g_autoptr(ksig_engine) engine = open_engine(fixture, 2);
	assert_state(fixture, engine, "long", KSIG_JOB_CANCELLED);
}

/* A worker that dies without a word is a lost job: run again, but not for ever. */
static void test_lost(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	g_autoptr(GError) error = NULL;
	add(fixture, "a", NULL, "kill -9 $PPID; sleep 5");
	g_autoptr(ksig_engine) engine = open_engine(fixture, 2);
	g_assert_false(ksig_engine_watch(engine, NULL, NULL, &error));
	g_assert_nonnull(strstr(error->message, "lost 3 times: its worker was killed by signal 9"));
	g_assert_cmpuint(traced(fixture, "a"), ==, 3);
}

static void test_measured(struct fixture *fixture, gconstpointer data)
{
	(void) data;
	struct ksig_job *job = add(fixture, "a", NULL, "true");
	g_autofree char *usage = g_build_filename(fixture->state, "usage", "light.json", NULL);
	g_autofree char *text = NULL;

	job->class_name = g_strdup("light");
	g_autoptr(ksig_engine) engine = open_engine(fixture, 2);
	g_assert_true(ksig_engine_watch(engine, NULL, NULL, NULL));
	g_assert_true(g_file_get_contents(usage, &text, NULL, NULL));
	g_assert_nonnull(strstr(text, "\"jobs\" : 1"));
}

static const struct {
	const char *name;
	void (*test)(struct fixture *, gconstpointer);
	gconstpointer data;
} tests[] = {
	{"diamond", test_diamond, NULL},
	{"again", test_again_runs_nothing, NULL},
	{"failure", test_failure, NULL},
	{"limit/time", test_limit, NULL},
	{"limit/memory", test_limit, "memory"},
	{"room/1", test_room, GUINT_TO_POINTER(1)},
	{"room/3", test_room, GUINT_TO_POINTER(3)},
	{"kill", test_kill, NULL},
	{"cancel", test_cancel, NULL},
	{"lost", test_lost, NULL},
	{"measured", test_measured, NULL},
};

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (argc == 4 && g_str_equal(argv[1], "work"))
		return ksig_engine_work(argv[2], argv[3], &error) ? 0 : ksig_error_exit_status(error);
	self = g_file_read_link("/proc/self/exe", NULL);
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_autofree char *path = g_strdup_printf("/local/%s", tests[i].name);
		g_test_add(path, struct fixture, tests[i].data, fixture_up, tests[i].test, fixture_down);
	}
	const int status = g_test_run();
	g_free(self);
	return status;
}
