/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig watch: looks at the sources once, prints or writes the plan that follows, and with --yes runs it and
 * notes in the catalog what each job came to.
 */
#include "cli/cmd.h"
#include "watch/watch.h"

static char *config, *plan_path, *kind, *format_name;
static gboolean yes;

static const GOptionEntry entries[] = {
	{"config", 'c', 0, G_OPTION_ARG_FILENAME, &config, "what to watch (/etc/ksig/watch.json)",
	 "FILE.json"},
	{"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "do what follows", NULL},
	{"plan", 0, 0, G_OPTION_ARG_FILENAME, &plan_path, "write what follows as a plan", "FILE.json"},
	{"engine", 'e', 0, G_OPTION_ARG_STRING, &kind, "with --yes: local (default) or slurm", "KIND"},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"job", 0}, {"command", KSIG_COLUMN_WIDE}};

static void print(const ksig_plan *plan, enum ksig_format format)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));

	for (guint i = 0; i < plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		g_autofree char *command = g_strjoinv(" ", job->argv);
		const char *const cells[] = {job->name, command};
		ksig_table_add(table, cells);
	}
	ksig_table_print(table, format, stdout);
}

struct recording {
	ksig_watch *watch;
	ksig_catalog *catalog;
};

static void record(const struct ksig_job *job, enum ksig_job_state state, const char *message, void *data)
{
	const struct recording *recording = data;
	g_autoptr(GError) error = NULL;

	ksig_print(stderr, "%s: %s%s%s\n", job->name, ksig_engine_job_state_name(state), message ? ": " : "",
		   message ? message : "");
	if (!ksig_watch_record(recording->watch, recording->catalog, job, state, message, &error))
		ksig_print(stderr, "ksig: %s\n", error->message);
}

/* Steps that an earlier run did, and was killed before it wrote so, are told first. */
static void record_all(const struct recording *recording, const ksig_engine *engine, const ksig_plan *plan)
{
	for (guint i = 0; i < plan->jobs->len; i++) {
		const struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		const char *message = NULL;
		const enum ksig_job_state state = ksig_engine_state(engine, job, &message);
		if (state == KSIG_JOB_DONE)
			ksig_watch_record(recording->watch, recording->catalog, job, state, message, NULL);
	}
}

static bool run(const struct ksig_context *context, const struct recording *recording, const ksig_plan *plan,
		GError **error)
{
	g_autofree char *state = g_build_filename(context->workspace, "engine", NULL);
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	const char *const worker[] = {self ? self : "ksig", "engine", "work", NULL};
	const struct ksig_engine_options options = {
		.kind = kind ? kind : "local", .state = state, .worker = worker};
	g_autoptr(ksig_engine) engine = ksig_engine_open(plan, &options, error);

	if (!engine || !ksig_engine_resume(engine, error))
		return false;
	record_all(recording, engine, plan);
	return ksig_engine_watch(engine, record, (void *) recording, error);
}

static int watch_once(const struct ksig_context *context, enum ksig_format format, GError **error)
{
	g_autoptr(ksig_watch) watch = ksig_watch_load(config ? config : "/etc/ksig/watch.json", error);
	g_autoptr(ksig_catalog) catalog = watch ? ksig_catalog_open(context->workspace, true, error) : NULL;
	const struct recording recording = {.watch = watch, .catalog = catalog};
	g_autoptr(GPtrArray) troubles = NULL;

	if (!catalog || !ksig_watch_look(watch, catalog, &troubles, error))
		return KSIG_ERROR_ENVIRONMENT;
	for (guint i = 0; i < troubles->len; i++)
		ksig_print(stderr, "ksig: %s\n", (char *) troubles->pdata[i]);
	g_autoptr(ksig_plan) plan = ksig_watch_plan(watch, catalog, error);
	if (!plan)
		return KSIG_ERROR_INPUT;
	print(plan, format);
	if (plan_path) {
		g_autofree char *json = ksig_engine_plan_to_json(plan);
		if (!ksig_file_write(plan_path, json, -1, 0644, error))
			return KSIG_ERROR_ENVIRONMENT;
	}
	if (yes && plan->jobs->len > 0 && !run(context, &recording, plan, error))
		return KSIG_ERROR_NEGATIVE;
	return troubles->len > 0 ? KSIG_ERROR_ENVIRONMENT : 0;
}

int ksig_command_watch(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;

	if (!ksig_command_parse(
		    &argc, &argv, entries, "",
		    "Looks for new kernels and releases, and says, or with --yes does, what follows.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	return watch_once(context, format, error);
}
