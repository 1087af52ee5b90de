/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a module's symbols changed: the refused symbols of a verdict, each with the types behind it. */
#include "kmod/kmod.h"
#include "kmod/report-internal.h"
#include "base/json-write.h"

enum { ROOTS_SHOWN = 12, CHANGES_SHOWN = 5, SYMBOLS_PER_ROOT_SHOWN = 4 };

/* The symbols that meet one changed type first. */
struct group {
	const struct ksig_type_change *change;
	GPtrArray *symbols; /* char *, borrowed */
};

struct why {
	const ksig_kmod_result *result;
	ksig_type_difference *difference;
	GHashTable *patches; /* or NULL */
	GPtrArray *reasons;  /* of ksig_symbol_reason, beside SYMBOLS */
	GPtrArray *symbols;  /* char *, borrowed */
	GPtrArray *groups;   /* of struct group, the largest first */
	guint gone, prototypes;
};

static void free_group(gpointer data)
{
	struct group *group = data;

	g_ptr_array_unref(group->symbols);
	g_free(group);
}

static const struct ksig_type_change *find_change(const ksig_type_difference *difference, const char *name)
{
	const GPtrArray *changes = ksig_elf_type_difference_changes(difference);

	for (guint i = 0; i < changes->len; i++) {
		const struct ksig_type_change *change = g_ptr_array_index(changes, i);
		if (g_str_equal(change->name, name))
			return change;
	}
	return NULL;
}

static struct group *group_of(struct why *why, const char *root)
{
	for (guint i = 0; i < why->groups->len; i++) {
		struct group *group = g_ptr_array_index(why->groups, i);
		if (g_str_equal(group->change->name, root))
			return group;
	}
	struct group *group = g_new0(struct group, 1);
	group->change = find_change(why->difference, root);
	group->symbols = g_ptr_array_new();
	g_ptr_array_add(why->groups, group);
	return group;
}

static gint largest_first(gconstpointer a, gconstpointer b)
{
	const struct group *const *left = a, *const *right = b;

	return (gint) (*right)->symbols->len - (gint) (*left)->symbols->len;
}

static void explain(struct why *why, const struct ksig_kmod_problem *problem)
{
	if (problem->kind == KSIG_KMOD_MISSING)
		why->gone++;
	if (problem->kind != KSIG_KMOD_CRC)
		return;
	ksig_symbol_reason *reason = ksig_elf_type_difference_explain(why->difference, problem->symbol);
	g_ptr_array_add(why->reasons, reason);
	g_ptr_array_add(why->symbols, problem->symbol);
	why->prototypes += reason->fate == KSIG_SYMBOL_PROTOTYPE;
	if (reason->roots->len > 0)
		g_ptr_array_add(group_of(why, g_ptr_array_index(reason->roots, 0))->symbols, problem->symbol);
}

static const char *advice(const struct why *why)
{
	if (why->result->verdict != KSIG_KMOD_REFUSES)
		return "nothing to do: it loads";
	if (why->gone > 0)
		return "the source must change: symbols are gone";
	if (why->prototypes > 0)
		return "the source may have to change: prototypes changed";
	return "a rebuild suffices: only types behind the symbols changed";
}

static const GPtrArray *patches_of(const struct why *why, const char *type)
{
	return why->patches ? g_hash_table_lookup(why->patches, type) : NULL;
}

static void write_group(GString *out, const struct why *why, const struct group *group)
{
	const GPtrArray *changes = group->change->changes;

	g_string_append_printf(out, "  %s (%u symbols:", group->change->name, group->symbols->len);
	for (guint i = 0; i < MIN(group->symbols->len, SYMBOLS_PER_ROOT_SHOWN); i++)
		g_string_append_printf(out, " %s", (char *) g_ptr_array_index(group->symbols, i));
	g_string_append(out, group->symbols->len > SYMBOLS_PER_ROOT_SHOWN ? " …)\n" : ")\n");
	for (guint i = 0; i < MIN(changes->len, CHANGES_SHOWN); i++)
		g_string_append_printf(out, "    %s\n", (char *) g_ptr_array_index(changes, i));
	if (changes->len > CHANGES_SHOWN)
		g_string_append_printf(out, "    and %u more\n", changes->len - CHANGES_SHOWN);
	const GPtrArray *patches = patches_of(why, group->change->name);
	for (guint i = 0; patches && i < patches->len; i++)
		g_string_append_printf(out, "    by patch %s\n", (char *) g_ptr_array_index(patches, i));
}

static void write_prototypes(GString *out, const struct why *why)
{
	for (guint i = 0; i < why->reasons->len; i++) {
		const ksig_symbol_reason *reason = g_ptr_array_index(why->reasons, i);
		if (reason->fate == KSIG_SYMBOL_PROTOTYPE)
			g_string_append_printf(out, "  %s: prototype from %s to %s\n",
					       (char *) g_ptr_array_index(why->symbols, i), reason->before,
					       reason->after);
	}
}

static void write_gone(GString *out, const struct why *why)
{
	for (guint i = 0; i < why->result->problems->len; i++) {
		const struct ksig_kmod_problem *problem = g_ptr_array_index(why->result->problems, i);
		if (problem->kind == KSIG_KMOD_MISSING)
			g_string_append_printf(out, "  %s: gone\n", problem->symbol);
	}
}

static char *why_text(const struct why *why)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%s on %s: %s; %s\n", why->result->module->name,
			       ksig_kmod_kernel_info(why->result->kernel)->label,
			       ksig_kmod_verdict_name(why->result->verdict), advice(why));
	write_gone(out, why);
	write_prototypes(out, why);
	for (guint i = 0; i < MIN(why->groups->len, ROOTS_SHOWN); i++)
		write_group(out, why, g_ptr_array_index(why->groups, i));
	return g_string_free(out, FALSE);
}

static void add_symbol(JsonBuilder *builder, const char *name, const ksig_symbol_reason *reason)
{
	static const char *const fates[] = {"same", "types", "prototype", "unknown"};

	json_builder_begin_object(builder);
	ksig_json_add(builder, "symbol", name);
	ksig_json_add(builder, "fate", fates[reason->fate]);
	ksig_json_add(builder, "path", reason->path);
	if (reason->fate == KSIG_SYMBOL_PROTOTYPE) {
		ksig_json_add(builder, "before", reason->before);
		ksig_json_add(builder, "after", reason->after);
	}
	ksig_json_add_strings(builder, "types", reason->roots);
	json_builder_end_object(builder);
}

static char *why_json(const struct why *why)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	ksig_json_add(builder, "module", why->result->module->name);
	ksig_json_add(builder, "kernel", ksig_kmod_kernel_info(why->result->kernel)->label);
	ksig_json_add(builder, "verdict", ksig_kmod_verdict_name(why->result->verdict));
	ksig_json_add(builder, "advice", advice(why));
	json_builder_set_member_name(builder, "symbols");
	json_builder_begin_array(builder);
	for (guint i = 0; i < why->reasons->len; i++)
		add_symbol(builder, g_ptr_array_index(why->symbols, i), g_ptr_array_index(why->reasons, i));
	json_builder_end_array(builder);
	json_builder_set_member_name(builder, "types");
	json_builder_begin_array(builder);
	for (guint i = 0; i < why->groups->len; i++) {
		const struct group *group = g_ptr_array_index(why->groups, i);
		json_builder_begin_object(builder);
		ksig_json_add(builder, "type", group->change->name);
		ksig_json_add_strings(builder, "changes", group->change->changes);
		ksig_json_add_strings(builder, "nearest_of", group->symbols);
		if (patches_of(why, group->change->name))
			ksig_json_add_strings(builder, "patches", patches_of(why, group->change->name));
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	return ksig_kmod_json_text(builder);
}

char *ksig_kmod_why(const ksig_kmod_result *result, ksig_type_difference *difference, GHashTable *patches,
		    enum ksig_kmod_format format)
{
	struct why why = {
		.result = result,
		.difference = difference,
		.patches = patches,
		.reasons = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_symbol_reason_free),
		.symbols = g_ptr_array_new(),
		.groups = g_ptr_array_new_with_free_func(free_group)};

	for (guint i = 0; i < result->problems->len; i++)
		explain(&why, g_ptr_array_index(result->problems, i));
	g_ptr_array_sort(why.groups, largest_first);
	char *text = format == KSIG_KMOD_JSON ? why_json(&why) : why_text(&why);
	g_ptr_array_unref(why.reasons);
	g_ptr_array_unref(why.symbols);
	g_ptr_array_unref(why.groups);
	return text;
}
