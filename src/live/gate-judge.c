/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest said, step by step, against what it had to say. */
#include "live/gate-judge-internal.h"
#include "live/gate-internal.h"
#include "live/gate.h"

#include <string.h>

/* include/linux/panic.h: an oops, a warning. */
enum { TAINT_DIE = 1 << 7, TAINT_WARN = 1 << 9 };

static const struct {
	const char *name;
	bool older, hold; /* run only with an older set; only with something that holds up */
} plan[] = {
	{"identity", false, false},  {"older", true, false},   {"apply", false, false},
	{"functions", false, false}, {"replace", true, false}, {"back", true, false},
	{"rollback", false, false},  {"stall", false, true},   {"reverse", false, true},
	{"again", false, true},      {"end", false, false},
};

static void step_free(gpointer data)
{
	struct ksig_live_gate_step *step = data;

	g_free(step->name);
	g_free(step->detail);
	g_free(step);
}

static struct ksig_live_gate_step *add(GPtrArray *steps, const char *name, const char *outcome,
				       const char *detail)
{
	struct ksig_live_gate_step *step = g_new0(struct ksig_live_gate_step, 1);

	step->name = g_strdup(name);
	step->outcome = outcome;
	step->detail = ksig_utf8(detail ? detail : "", -1);
	g_strstrip(step->detail);
	g_ptr_array_add(steps, step);
	return step;
}

/* The lines of each step, by its name. */
static GHashTable *cut(const char *output, char **out_last)
{
	GHashTable *parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *name = g_strdup("boot");

	for (char **line = lines; *line; line++) {
		g_strchomp(*line);
		if (!g_str_has_prefix(*line, "@ ")) {
			g_string_append_printf(text, "%s\n", *line);
			continue;
		}
		g_hash_table_replace(parts, g_strdup(name), g_strdup(text->str));
		g_free(name);
		name = g_strdup(*line + 2);
		g_string_truncate(text, 0);
	}
	g_hash_table_replace(parts, g_strdup(name), g_strdup(text->str));
	*out_last = g_steal_pointer(&name);
	return parts;
}

static gint64 taint_in(const char *text)
{
	const char *at = text ? strstr(text, "taint ") : NULL;

	return at ? g_ascii_strtoll(at + strlen("taint "), NULL, 10) : 0;
}

/* "= passed", or "= failed WHY". */
static const char *outcome_of(const char *text, char **out_why)
{
	static const char failed[] = "= failed ";
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++) {
		if (g_str_equal(*line, "= passed"))
			return "passed";
		if (g_str_has_prefix(*line, failed)) {
			*out_why = g_strdup(*line + strlen(failed));
			break;
		}
	}
	return "failed";
}

static bool is_kernel(const struct gate *gate, const char *text)
{
	return strstr(text, gate->manifest->document->build_id) != NULL;
}

static char *tasks_in(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GString *tasks = g_string_new(NULL);

	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, "task "))
			g_string_append_printf(tasks, "%s%s", tasks->len ? "; " : "", *line);
	return g_string_free(tasks, FALSE);
}

static void judge_step(const struct gate *gate, GPtrArray *steps, const char *name, const char *text,
		       gint64 before)
{
	g_autofree char *why = NULL;
	const char *outcome = outcome_of(text, &why);
	const gint64 fresh = taint_in(text) & ~before;
	const bool is_end = g_str_equal(name, "end");

	if (fresh & (TAINT_DIE | TAINT_WARN))
		add(steps, name, "failed",
		    fresh & TAINT_DIE ? "the kernel had an oops" : "the kernel warned");
	else if (g_str_equal(name, "identity") && !is_kernel(gate, text))
		add(steps, name, "failed", "another kernel ran than the one that the patch is for");
	else if (g_str_equal(name, "stall") && g_str_equal(outcome, "passed")) {
		g_autofree char *tasks = tasks_in(text);
		add(steps, name, strstr(tasks, "ksig_hold") ? outcome : "failed", tasks);
	} else
		add(steps, name, is_end ? "passed" : outcome, why);
}

static bool same_probe(GHashTable *parts, const char *a, const char *b)
{
	return g_strcmp0(g_hash_table_lookup(parts, a), g_hash_table_lookup(parts, b)) == 0;
}

static void judge_probe(GPtrArray *steps, GHashTable *parts)
{
	const char *original = g_hash_table_lookup(parts, "probe-original");

	if (!original || same_probe(parts, "probe-original", "probe-patched"))
		add(steps, "probe", "failed", "says the same with the patch and without");
	else if (!same_probe(parts, "probe-original", "probe-rolled-back"))
		add(steps, "probe", "failed", "does not say after the rollback what it said before");
	else
		add(steps, "probe", "passed", g_hash_table_lookup(parts, "probe-patched"));
}

GPtrArray *live_gate_judge(const struct gate *gate, const char *output, bool hold)
{
	g_autofree char *last = NULL;
	g_autoptr(GHashTable) parts = cut(output, &last);
	GPtrArray *steps = g_ptr_array_new_with_free_func(step_free);
	const gint64 before = taint_in(g_hash_table_lookup(parts, "identity"));

	for (size_t i = 0; i < G_N_ELEMENTS(plan); i++) {
		const char *name = plan[i].name, *text = g_hash_table_lookup(parts, name);
		if (plan[i].older && !gate->older)
			add(steps, name, "not run", "no older set was given");
		else if (plan[i].hold && !hold)
			add(steps, name, "not run", "it was not to be held up");
		else if (!text)
			add(steps, name, "failed", "the guest did not get there");
		else
			judge_step(gate, steps, name, text, before);
	}
	if (gate->options->probe)
		judge_probe(steps, parts);
	return steps;
}
