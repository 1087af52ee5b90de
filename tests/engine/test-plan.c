/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/engine.h"

#define JOB(rest) "{\"version\": 1, \"name\": \"p\", \"jobs\": [" rest "]}"

static const struct row {
	const char *name, *json;
	const char *message; /* NULL: a good plan */
} rows[] = {
	{"one", JOB("{\"name\": \"a\", \"argv\": [\"true\"]}"), NULL},
	{"koji", JOB("{\"name\": \"a\", \"source\": \"/dev/null\", \"target\": \"t\"}"), NULL},
	{"empty", JOB(""), NULL},
	{"later need",
	 JOB("{\"name\": \"b\", \"argv\": [\"true\"], \"needs\": [\"a\"]},"
	     "{\"name\": \"a\", \"argv\": [\"true\"]}"),
	 NULL},
	{"not JSON", "{", "1:1"},
	{"an array", "[]", "a JSON object expected"},
	{"version", "{\"version\": 2, \"name\": \"p\", \"jobs\": []}", "version 1"},
	{"jobs not array", "{\"version\": 1, \"name\": \"p\", \"jobs\": {}}", "version 1"},
	{"job not object", JOB("1"), "jobs: an array of objects expected"},
	{"unknown member", JOB("{\"name\": \"a\", \"memory\": 1}"), "job 1: memory: not a member"},
	{"argv a string", JOB("{\"name\": \"a\", \"argv\": \"true\"}"), "argv: an array of strings"},
	{"argv of numbers", JOB("{\"name\": \"a\", \"argv\": [1]}"), "argv: a string"},
	{"negative", JOB("{\"name\": \"a\", \"argv\": [\"true\"], \"cpus\": -1}"), "cpus: a number"},
	{"huge", JOB("{\"name\": \"a\", \"argv\": [\"true\"], \"cpus\": 3000000000}"), "cpus: a number"},
	{"no name", JOB("{\"argv\": [\"true\"]}"), "(no name)"},
	{"path as name", JOB("{\"name\": \"../a\", \"argv\": [\"true\"]}"), "letters, digits"},
	{"option as name", JOB("{\"name\": \"-a\", \"argv\": [\"true\"]}"), "letters, digits"},
	{"path as class", JOB("{\"name\": \"a\", \"class\": \"a/b\", \"argv\": [\"true\"]}"), "class a/b"},
	{"nothing to run", JOB("{\"name\": \"a\", \"argv\": []}"), "neither argv nor source"},
	{"twice", JOB("{\"name\": \"a\", \"argv\": [\"x\"]}, {\"name\": \"a\", \"argv\": [\"x\"]}"),
	 "two jobs of that name"},
	{"unknown need", JOB("{\"name\": \"a\", \"argv\": [\"x\"], \"needs\": [\"b\"]}"), "no such job"},
	{"itself", JOB("{\"name\": \"a\", \"argv\": [\"x\"], \"needs\": [\"a\"]}"), "needs itself"},
	{"cycle",
	 JOB("{\"name\": \"a\", \"argv\": [\"x\"], \"needs\": [\"b\"]},"
	     "{\"name\": \"b\", \"argv\": [\"x\"], \"needs\": [\"a\"]}"),
	 "needs itself"},
	{"missing input", JOB("{\"name\": \"a\", \"argv\": [\"x\"], \"inputs\": [\"/no/such\"]}"),
	 "/no/such"},
	{"environment", JOB("{\"name\": \"a\", \"argv\": [\"x\"], \"environment\": [\"A\"]}"), "NAME=VALUE"},
};

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_plan) plan = ksig_engine_plan_from_json(row->json, -1, &error);
	const bool good = plan && ksig_engine_plan_seal(plan, &error);

	if (!row->message) {
		g_assert_no_error(error);
		g_assert_true(good);
		return;
	}
	g_assert_false(good);
	g_assert_nonnull(strstr(error->message, row->message));
}

static void test_order(void)
{
	g_autoptr(ksig_plan) plan = ksig_engine_plan_from_json(rows[3].json, -1, NULL);

	g_assert_true(ksig_engine_plan_seal(plan, NULL));
	g_assert_cmpstr(((struct ksig_job *) plan->jobs->pdata[0])->name, ==, "a");
	g_assert_cmpstr(((struct ksig_job *) plan->jobs->pdata[1])->name, ==, "b");
}

static void test_round_trip(void)
{
	g_autoptr(ksig_plan) plan = ksig_engine_plan_new("p");
	struct ksig_job *job = ksig_engine_plan_add(plan, "a");
	const char *const argv[] = {"cp", "x y", "${output}/ü", NULL};

	job->argv = g_strdupv((char **) argv);
	job->cpus = 3;
	g_autofree char *json = ksig_engine_plan_to_json(plan);
	g_autoptr(ksig_plan) again = ksig_engine_plan_from_json(json, -1, NULL);
	g_autofree char *json_again = ksig_engine_plan_to_json(again);
	g_assert_cmpstr(json, ==, json_again);
	g_assert_true(ksig_engine_plan_seal(plan, NULL) && ksig_engine_plan_seal(again, NULL));
	g_assert_cmpstr(plan->hash, ==, again->hash);
}

/* The hash of the job that reads FILE, after CONTENT was written to it. */
static char *hash_with(const char *file, const char *content, bool dependent)
{
	g_autoptr(ksig_plan) plan = ksig_engine_plan_new("p");
	struct ksig_job *reader = ksig_engine_plan_add(plan, "reader");
	struct ksig_job *after = ksig_engine_plan_add(plan, "after");

	reader->argv = g_strsplit("cat", " ", 0);
	reader->inputs = g_strsplit(file, "\n", 0);
	after->argv = g_strsplit("true", " ", 0);
	after->needs = g_strsplit("reader", " ", 0);
	g_assert_true(g_file_set_contents(file, content, -1, NULL));
	g_assert_true(ksig_engine_plan_seal(plan, NULL));
	return g_strdup(dependent ? after->hash : reader->hash);
}

static void test_hash(gconstpointer data)
{
	const bool dependent = data != NULL;
	g_autoptr(ksig_scratch) folder = ksig_directory_temporary(NULL, "plan", NULL);
	g_autofree char *file = g_build_filename(folder, "input", NULL);
	g_autofree char *one = hash_with(file, "one", dependent);
	g_autofree char *two = hash_with(file, "two", dependent);
	g_autofree char *one_again = hash_with(file, "one", dependent);

	g_assert_cmpstr(one, !=, two);
	g_assert_cmpstr(one, ==, one_again);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/plan/%s", rows[i].name);
		g_test_add_data_func(path, &rows[i], test_row);
	}
	g_test_add_func("/plan/order", test_order);
	g_test_add_func("/plan/round-trip", test_round_trip);
	g_test_add_data_func("/plan/hash-of-input", NULL, test_hash);
	g_test_add_data_func("/plan/hash-of-need", "dependent", test_hash);
	return g_test_run();
}
