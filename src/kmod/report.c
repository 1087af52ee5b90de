/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdicts of ksig kmod check and matrix as text, JSON or HTML, and the names of verdicts and problems.
 */
#include "kmod/report-internal.h"
#include "kmod/kmod.h"
#include "base/json-write.h"

enum { SYMBOLS_SHOWN = 6 };

const char *ksig_kmod_verdict_name(enum ksig_kmod_verdict verdict)
{
	static const char *const names[] = {"loads", "unlisted", "refuses"};

	return names[verdict];
}

const char *ksig_kmod_problem_name(enum ksig_kmod_problem_kind kind)
{
	static const char *const names[] = {"architecture", "vermagic",     "module-layout", "no-version",
					    "crc",          "missing",      "gpl-only",      "namespace",
					    "duplicate",    "dependency",   "signature",     "struct-size",
					    "off-list",     "newer-kernel", "xz-check"};

	return names[kind];
}

bool ksig_kmod_format_parse(const char *name, enum ksig_kmod_format *out_format, GError **error)
{
	static const char *const names[] = {"text", "json", "html"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (!g_str_equal(name, names[i]))
			continue;
		*out_format = (enum ksig_kmod_format) i;
		return true;
	}
	return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: not a format: text, json or html", name);
}

char *ksig_kmod_json_text(JsonBuilder *builder)
{
	g_autoptr(JsonGenerator) generator = json_generator_new();
	JsonNode *root = json_builder_get_root(builder);

	json_generator_set_pretty(generator, TRUE);
	json_generator_set_root(generator, root);
	char *body = json_generator_to_data(generator, NULL);
	char *text = g_strconcat(body, "\n", NULL);
	g_free(body);
	json_node_unref(root);
	return text;
}

static void add_problem(JsonBuilder *builder, const struct ksig_kmod_problem *problem)
{
	json_builder_begin_object(builder);
	ksig_json_add(builder, "kind", ksig_kmod_problem_name(problem->kind));
	ksig_json_add(builder, "symbol", problem->symbol);
	if (problem->wanted != problem->found) {
		g_autofree char *wanted = g_strdup_printf("0x%08x", problem->wanted);
		g_autofree char *found = g_strdup_printf("0x%08x", problem->found);
		ksig_json_add(builder, "wanted", wanted);
		ksig_json_add(builder, "found", found);
	}
	ksig_json_add(builder, "message", problem->message);
	json_builder_end_object(builder);
}

static char *report_json(GPtrArray *results)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (guint i = 0; i < results->len; i++) {
		const ksig_kmod_result *result = g_ptr_array_index(results, i);
		json_builder_begin_object(builder);
		ksig_json_add(builder, "module", result->module->name);
		ksig_json_add(builder, "built_for", result->module->vermagic);
		ksig_json_add(builder, "kernel", ksig_kmod_kernel_info(result->kernel)->label);
		ksig_json_add(builder, "verdict", ksig_kmod_verdict_name(result->verdict));
		json_builder_set_member_name(builder, "problems");
		json_builder_begin_array(builder);
		for (guint k = 0; k < result->problems->len; k++)
			add_problem(builder, g_ptr_array_index(result->problems, k));
		json_builder_end_array(builder);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	return ksig_kmod_json_text(builder);
}

/* The first few problems, the ones that refuse before those that only warn. */
static void write_problems(GString *out, const ksig_kmod_result *result)
{
	guint shown = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (guint i = 0; i < result->problems->len; i++) {
			const struct ksig_kmod_problem *problem = g_ptr_array_index(result->problems, i);
			if ((problem->kind >= KSIG_KMOD_OFF_LIST) != (pass == 1))
				continue;
			if (shown++ < SYMBOLS_SHOWN)
				g_string_append_printf(out, "    %s\n", problem->message);
		}
	}
	if (shown > SYMBOLS_SHOWN)
		g_string_append_printf(out, "    and %u more\n", shown - SYMBOLS_SHOWN);
}

static char *report_text(GPtrArray *results)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < results->len; i++) {
		const ksig_kmod_result *result = g_ptr_array_index(results, i);
		g_string_append_printf(out, "%-16s %-28s %s\n", result->module->name,
				       ksig_kmod_kernel_info(result->kernel)->label,
				       ksig_kmod_verdict_name(result->verdict));
		write_problems(out, result);
	}
	return g_string_free(out, FALSE);
}

static const char html_head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>ksig kmod</title>\n<style>\n"
	"body{font-family:sans-serif}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.2em "
	".5em;"
	"text-align:left}\n.loads{background:#cfc}.unlisted{background:#ffc}.refuses{background:#fcc}\n"
	"</style></head><body>\n";

static void write_html_cell(GString *out, const ksig_kmod_result *result)
{
	g_autoptr(GString) detail = g_string_new(NULL);

	write_problems(detail, result);
	g_autofree char *title = g_markup_escape_text(detail->str, -1);
	const char *verdict = ksig_kmod_verdict_name(result->verdict);
	g_string_append_printf(out, "<td class=\"%s\" title=\"%s\">%s", verdict, title, verdict);
	if (result->problems->len > 0)
		g_string_append_printf(out, " (%u)", result->problems->len);
	g_string_append(out, "</td>");
}

static char *report_html(GPtrArray *results)
{
	GString *out = g_string_new(html_head);

	g_string_append(out, "<table><tr><th>module</th><th>kernel</th><th>verdict</th><th>why</th></tr>\n");
	for (guint i = 0; i < results->len; i++) {
		const ksig_kmod_result *result = g_ptr_array_index(results, i);
		g_autofree char *row = g_markup_printf_escaped("<tr><td>%s</td><td>%s</td>",
							       result->module->name,
							       ksig_kmod_kernel_info(result->kernel)->label);
		g_string_append(out, row);
		write_html_cell(out, result);
		g_string_append(out, "<td>");
		for (guint k = 0; k < result->problems->len; k++) {
			const struct ksig_kmod_problem *problem = g_ptr_array_index(result->problems, k);
			g_autofree char *message = g_markup_escape_text(problem->message, -1);
			g_string_append_printf(out, "%s<br>", message);
		}
		g_string_append(out, "</td></tr>\n");
	}
	g_string_append(out, "</table></body></html>\n");
	return g_string_free(out, FALSE);
}

char *ksig_kmod_report(GPtrArray *results, enum ksig_kmod_format format)
{
	switch (format) {
	case KSIG_KMOD_JSON:
		return report_json(results);
	case KSIG_KMOD_HTML:
		return report_html(results);
	default:
		return report_text(results);
	}
}

/* The results come kernel by kernel, each with the same modules in the same order. */
static guint modules_per_kernel(GPtrArray *results)
{
	guint count = 0;

	while (count < results->len) {
		const ksig_kmod_result *first = g_ptr_array_index(results, 0);
		const ksig_kmod_result *result = g_ptr_array_index(results, count);
		if (result->kernel != first->kernel)
			break;
		count++;
	}
	return count;
}

static char *matrix_text(GPtrArray *results, guint modules)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%-28s", "kernel");
	for (guint i = 0; i < modules; i++)
		g_string_append_printf(out, " %-14s", ((ksig_kmod_result *) results->pdata[i])->module->name);
	g_string_append_c(out, '\n');
	for (guint i = 0; i < results->len; i++) {
		const ksig_kmod_result *result = results->pdata[i];
		g_autofree char *cell = result->verdict == KSIG_KMOD_LOADS
						? g_strdup("loads")
						: g_strdup_printf("%s %u",
								  ksig_kmod_verdict_name(result->verdict),
								  result->problems->len);
		if (i % modules == 0)
			g_string_append_printf(out, "%-28s", ksig_kmod_kernel_info(result->kernel)->label);
		g_string_append_printf(out, " %-14s", cell);
		if (i % modules == modules - 1)
			g_string_append_c(out, '\n');
	}
	return g_string_free(out, FALSE);
}

static char *matrix_html(GPtrArray *results, guint modules)
{
	GString *out = g_string_new(html_head);

	g_string_append(out, "<table><tr><th>kernel</th>");
	for (guint i = 0; i < modules; i++) {
		g_autofree char *cell = g_markup_printf_escaped(
			"<th>%s</th>", ((ksig_kmod_result *) results->pdata[i])->module->name);
		g_string_append(out, cell);
	}
	for (guint i = 0; i < results->len; i++) {
		const ksig_kmod_result *result = results->pdata[i];
		g_autofree char *label = g_markup_escape_text(ksig_kmod_kernel_info(result->kernel)->label,
							      -1);
		if (i % modules == 0)
			g_string_append_printf(out, "</tr>\n<tr><th>%s</th>", label);
		write_html_cell(out, result);
	}
	g_string_append(out, "</tr></table></body></html>\n");
	return g_string_free(out, FALSE);
}

char *ksig_kmod_matrix(GPtrArray *results, enum ksig_kmod_format format)
{
	const guint modules = modules_per_kernel(results);

	if (format == KSIG_KMOD_JSON || modules == 0)
		return report_json(results);
	return format == KSIG_KMOD_HTML ? matrix_html(results, modules) : matrix_text(results, modules);
}
