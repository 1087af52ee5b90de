/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig engine run, list and cancel: a plan's jobs on this machine, Slurm or Koji. tag: builds of Koji. work,
 * which is not for people: one job, as local and Slurm runs call it.
 */
#include "cli/cmd.h"
#include "engine/engine.h"
#include "parts.h"

static char *kind, *state, *to, *partition, *profile, *format_name;
static int cpus, memory_mib, poll_ms;
static gboolean keep_failed;

static const GOptionEntry entries[] = {
	{"engine", 'e', 0, G_OPTION_ARG_STRING, &kind, "local (default), slurm or koji", "KIND"},
	{"state", 0, 0, G_OPTION_ARG_FILENAME, &state, "the state folder (WORKSPACE/engine)", "DIR"},
	{"to", 't', 0, G_OPTION_ARG_FILENAME, &to, "collect the results into DIR/JOB/", "DIR"},
	{"cpus", 0, 0, G_OPTION_ARG_INT, &cpus, "local: the sum of processors at one time", "N"},
	{"memory", 0, 0, G_OPTION_ARG_INT, &memory_mib, "local: the sum of memory at one time", "MIB"},
	{"partition", 0, 0, G_OPTION_ARG_STRING, &partition, "slurm: the partition", "NAME"},
	{"profile", 0, 0, G_OPTION_ARG_STRING, &profile, "koji: the section of its configuration", "NAME"},
	{"poll", 0, 0, G_OPTION_ARG_INT, &poll_ms, "how often to look", "MS"},
	{"keep-failed", 0, 0, G_OPTION_ARG_NONE, &keep_failed, "do not run again what failed before", NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {
	{"job", 0}, {"state", 0}, {"hash", 0}, {"message", KSIG_COLUMN_WIDE}};

static char *state_folder(const struct ksig_context *context)
{
	return state ? g_strdup(state) : g_build_filename(context->workspace, "engine", NULL);
}

static ksig_engine *open_engine(const struct ksig_context *context, const ksig_plan *plan, GError **error)
{
	g_autofree char *folder = state_folder(context);
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	const char *const worker[] = {self ? self : "ksig", "engine", "work", NULL};
	const struct ksig_engine_options options = {
		.kind = kind ? kind : "local",
		.state = folder,
		.worker = worker,
		.max_cpus = (unsigned) MAX(cpus, 0),
		.max_memory_mib = (unsigned) MAX(memory_mib, 0),
		.poll_ms = (unsigned) MAX(poll_ms, 0),
		.partition = partition,
		.profile = profile,
	};

	return ksig_engine_open(plan, &options, error);
}

static ksig_plan *load_plan(const char *path, GError **error)
{
	g_autoptr(ksig_plan) plan = ksig_engine_plan_load(path, error);

	if (!plan || !ksig_engine_plan_seal(plan, error))
		return NULL;
	return g_steal_pointer(&plan);
}

static void print_jobs(const ksig_plan *plan, const ksig_engine *engine, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		const char *message = NULL;
		const char *name = ksig_engine_job_state_name(ksig_engine_state(engine, job, &message));
		const char *const cells[] = {job->name, name, job->hash, message};
		ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
}

static void say_change(const struct ksig_job *job, enum ksig_job_state now, const char *message, void *data)
{
	(void) data;
	ksig_print(stderr, "%s: %s%s%s\n", job->name, ksig_engine_job_state_name(now), message ? ": " : "",
		   message ? message : "");
}

static int do_run(struct ksig_context *context, char **arguments, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_plan) plan = load_plan(arguments[0], error);
	g_autoptr(ksig_engine) engine = plan ? open_engine(context, plan, error) : NULL;

	if (!engine || (!keep_failed && !ksig_engine_resume(engine, error)))
		return KSIG_ERROR_ENVIRONMENT;
	const bool good = ksig_engine_watch(engine, say_change, NULL, error);
	print_jobs(plan, engine, format);
	if (to && !ksig_engine_collect(engine, to, good ? error : NULL))
		return KSIG_ERROR_ENVIRONMENT;
	return good ? 0 : KSIG_ERROR_NEGATIVE;
}

static int do_list(struct ksig_context *context, char **arguments, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_plan) plan = load_plan(arguments[0], error);
	g_autoptr(ksig_engine) engine = plan ? open_engine(context, plan, error) : NULL;

	if (!engine)
		return KSIG_ERROR_ENVIRONMENT;
	print_jobs(plan, engine, format);
	return 0;
}

static int do_cancel(struct ksig_context *context, char **arguments, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_plan) plan = load_plan(arguments[0], error);
	g_autofree char *folder = state_folder(context);
	g_autoptr(ksig_engine) engine = NULL;

	(void) format;
	if (!plan)
		return KSIG_ERROR_INPUT;
	engine = open_engine(context, plan, NULL);
	if (engine)
		return ksig_engine_cancel(engine, error) ? 0 : KSIG_ERROR_ENVIRONMENT;
	return ksig_engine_request_cancel(folder, plan->hash, error) ? 0 : KSIG_ERROR_ENVIRONMENT;
}

static int do_work(struct ksig_context *context, char **arguments, enum ksig_format format, GError **error)
{
	(void) context;
	(void) format;
	return ksig_engine_work(arguments[0], arguments[1], error) ? 0 : KSIG_ERROR_NEGATIVE;
}

static int do_tag(struct ksig_context *context, char **arguments, enum ksig_format format, GError **error)
{
	(void) context;
	(void) format;
#if KSIG_ENGINES
	g_autofree char *tag = ksig_engine_koji_tag_of(arguments[0], arguments[1], error);
	if (!tag)
		return KSIG_ERROR_USAGE;
	return ksig_engine_koji_tag(profile, tag, (const char *const *) arguments + 2, error)
		       ? 0
		       : KSIG_ERROR_NEGATIVE;
#else
	(void) arguments;
	ksig_error_left_out(error, "koji", "engines");
	return KSIG_ERROR_ENVIRONMENT;
#endif
}

static const struct {
	const char *name;
	int arguments; /* at least, where more make sense */
	bool more;
	int (*run)(struct ksig_context *, char **, enum ksig_format, GError **);
} verbs[] = {{"run", 1, false, do_run},
	     {"list", 1, false, do_list},
	     {"cancel", 1, false, do_cancel},
	     {"tag", 3, true, do_tag},
	     {"work", 2, false, do_work}};

int ksig_command_engine(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "run|list|cancel PLAN.json | tag TARGET STAGE BUILD…",
		    "Runs the jobs of a plan on this machine, on Slurm or on Koji. What was done is "
		    "not done again.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	for (size_t i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++)
		if (g_str_equal(verbs[i].name, argv[1]) &&
		    (argc == verbs[i].arguments + 2 || (verbs[i].more && argc > verbs[i].arguments + 2)))
			return verbs[i].run(context, argv + 2, format, error);
	ksig_error_set(error, KSIG_ERROR_USAGE,
		       "run, list or cancel and a plan, or tag, expected (see ksig engine --help)");
	return KSIG_ERROR_USAGE;
}
