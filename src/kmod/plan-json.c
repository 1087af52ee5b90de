/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan as data: jobs for an engine, and beside them what they are for. */
#include "kmod/build.h"
#include "kmod/plan.h"
#include "engine/engine.h"

bool ksig_kmod_plan_is_runnable(const struct ksig_kmod_plan_build *build)
{
	return build->headers && build->source;
}

static char **strings(const char *const *words)
{
	return g_strdupv((char **) words);
}

/* Absolute: an engine runs jobs in folders of their own. */
static char *absolute(const char *path)
{
	return g_canonicalize_filename(path, NULL);
}

static char **inputs_of(const struct ksig_kmod_plan_build *build)
{
	GPtrArray *files = g_ptr_array_new();
	g_autofree char *symvers = g_build_filename(build->headers, "Module.symvers", NULL);

	g_ptr_array_add(files, absolute(build->recipe->path));
	g_ptr_array_add(files, absolute(symvers));
	for (guint i = 0; i < build->recipe->patches->len; i++)
		g_ptr_array_add(
			files,
			absolute(((struct ksig_recipe_patch *) build->recipe->patches->pdata[i])->file));
	if (g_file_test(build->source, G_FILE_TEST_IS_REGULAR))
		g_ptr_array_add(files, absolute(build->source));
	g_ptr_array_add(files, NULL);
	return (char **) g_ptr_array_free(files, FALSE);
}

static char **needs_of(const ksig_kmod_plan *plan, const struct ksig_kmod_plan_build *build)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < plan->builds->len; i++) {
		const struct ksig_kmod_plan_build *other = g_ptr_array_index(plan->builds, i);
		for (guint k = 0; k < build->needs->len; k++)
			if (g_str_equal(other->name, build->needs->pdata[k]) &&
			    ksig_kmod_plan_is_runnable(other))
				g_ptr_array_add(names, g_strdup(other->name));
	}
	if (names->len == 0) {
		g_ptr_array_free(names, TRUE);
		return NULL;
	}
	g_ptr_array_add(names, NULL);
	return (char **) g_ptr_array_free(names, FALSE);
}

static void add_job(ksig_plan *jobs, const ksig_kmod_plan *plan, const struct ksig_kmod_plan_build *build)
{
	struct ksig_job *job = ksig_engine_plan_add(jobs, build->name);
	g_autofree char *recipe = absolute(build->recipe->path), *headers = absolute(build->headers),
			*source = absolute(build->source);
	GPtrArray *argv = g_ptr_array_new();
	const char *const words[] = {plan->planning->program,
				     "kmod",
				     "build",
				     recipe,
				     "--kernel",
				     headers,
				     "--source",
				     source,
				     "-o",
				     "${output}",
				     NULL};

	for (const char *const *word = words; *word; word++)
		g_ptr_array_add(argv, g_strdup(*word));
	job->needs = needs_of(plan, build);
	for (char **name = job->needs; name && *name; name++) {
		g_ptr_array_add(argv, g_strdup("--with"));
		g_ptr_array_add(argv, g_strdup_printf("${result:%s}", *name));
	}
	g_ptr_array_add(argv, NULL);
	job->argv = (char **) g_ptr_array_free(argv, FALSE);
	job->class_name = g_strconcat("kmod-", build->recipe->name, NULL);
	job->environment = strings((const char *const[]){"LC_ALL=C", NULL});
	job->inputs = inputs_of(build);
	if (plan->planning->target) {
		g_autofree char *folder = absolute(plan->planning->srpms ? plan->planning->srpms : ".");
		g_autofree char *package = ksig_kmod_source_package(
			build->recipe, g_ptr_array_index(build->serves, 0), folder);
		job->target = g_strdup(plan->planning->target);
		job->source = g_build_filename(folder, package, NULL);
	}
}

static JsonArray *array_of(const GPtrArray *words)
{
	JsonArray *array = json_array_new();

	for (guint i = 0; i < words->len; i++)
		json_array_add_string_element(array, g_ptr_array_index(words, i));
	return array;
}

static JsonArray *builds_of(const ksig_kmod_plan *plan)
{
	JsonArray *array = json_array_new();

	for (guint i = 0; i < plan->builds->len; i++) {
		const struct ksig_kmod_plan_build *build = g_ptr_array_index(plan->builds, i);
		JsonObject *object = json_object_new();
		json_object_set_string_member(object, "name", build->name);
		json_object_set_string_member(object, "recipe", build->recipe->name);
		json_object_set_string_member(object, "kernel", g_ptr_array_index(build->serves, 0));
		json_object_set_array_member(object, "serves", array_of(build->serves));
		json_object_set_array_member(object, "modules", array_of(build->order));
		json_object_set_array_member(object, "needs", array_of(build->needs));
		json_object_set_boolean_member(object, "runnable", ksig_kmod_plan_is_runnable(build));
		json_array_add_object_element(array, object);
	}
	return array;
}

static JsonArray *rows_of(const ksig_kmod_plan *plan)
{
	JsonArray *array = json_array_new();

	for (guint i = 0; i < plan->rows->len; i++) {
		const struct ksig_kmod_plan_row *row = g_ptr_array_index(plan->rows, i);
		JsonObject *object = json_object_new();
		json_object_set_string_member(object, "recipe", row->recipe->name);
		json_object_set_string_member(object, "kernel", ksig_kmod_kernel_info(row->kernel)->label);
		json_object_set_string_member(object, "need", ksig_kmod_need_name(row->need));
		json_object_set_string_member(object, "by", row->by);
		json_object_set_string_member(object, "reason", row->reason);
		json_object_set_int_member(object, "gone", row->gone);
		json_array_add_object_element(array, object);
	}
	return array;
}

static JsonObject *details_of(const ksig_kmod_plan *plan)
{
	JsonObject *object = json_object_new();

	json_object_set_int_member(object, "rebuild_all", plan->all);
	json_object_set_int_member(object, "builds_needed", plan->builds->len);
	json_object_set_int_member(object, "builds_saved", (gint64) plan->all - plan->builds->len);
	json_object_set_array_member(object, "builds", builds_of(plan));
	json_object_set_array_member(object, "kernels", rows_of(plan));
	return object;
}

char *ksig_kmod_plan_to_json(const ksig_kmod_plan *plan)
{
	g_autoptr(ksig_plan) jobs = ksig_engine_plan_new("kmod");
	g_autoptr(JsonParser) parser = json_parser_new();

	for (guint i = 0; i < plan->builds->len; i++)
		if (ksig_kmod_plan_is_runnable(g_ptr_array_index(plan->builds, i)))
			add_job(jobs, plan, g_ptr_array_index(plan->builds, i));
	g_autofree char *text = ksig_engine_plan_to_json(jobs);
	if (!json_parser_load_from_data(parser, text, -1, NULL))
		g_assert_not_reached(); /* it was written a line above */
	JsonNode *root = json_parser_get_root(parser);
	json_object_set_object_member(json_node_get_object(root), "kmod", details_of(plan));
	return json_to_string(root, TRUE);
}
