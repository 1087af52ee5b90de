/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of PCI ids in C source. The text is cut into entries here; macros and conditions are the
 * preprocessor's: it is given the directives of the driver's files and the entries, and nothing else of them.
 */
#include "kmod/device-table-internal.h"
#include "kmod/device-alias-internal.h"
#include "kmod/device-preprocess-internal.h"
#include "kmod/device-source-internal.h"
#include "kmod/devices-internal.h"

#include <string.h>

enum { ENTRIES_MAX = 1 << 16 };
static const char mark[] = "KSIG_ENTRY";

void ksig_kmod_device_free(struct ksig_device *device)
{
	if (!device)
		return;
	g_free(device->alias);
	g_free(device->place);
	g_free(device->table);
	g_free(device->entry);
	g_free(device);
}

static void free_table(gpointer data)
{
	struct device_table *table = data;

	g_free(table->name);
	g_ptr_array_unref(table->devices);
	g_free(table);
}

const char *device_closing_brace(const char *open)
{
	int depth = 1;

	for (const char *at = open; *at; at++) {
		depth += *at == '{';
		depth -= *at == '}';
		if (depth == 0)
			return at;
	}
	return NULL;
}

const char *device_entry_end(const char *at, const char *end)
{
	int depth = 0;

	for (; at < end; at++) {
		depth += *at == '(' || *at == '{';
		depth -= *at == ')' || *at == '}';
		if (*at == ',' && depth == 0)
			return at;
	}
	return end;
}

struct reading {
	const char *file;
	const char *text;
	struct device_table *table;
	GString *input;    /* of the preprocessor */
	GPtrArray *starts; /* offsets of entries, as pointers */
};

static void add_entry(struct reading *reading, const char *start, const char *end)
{
	struct ksig_device *device = g_new0(struct ksig_device, 1);
	g_autofree char *line = g_strndup(start, (gsize) (end - start));

	device->place = g_strdup(reading->file);
	device->table = g_strdup(reading->table->name);
	g_strdelimit(line, "\n\\", ' ');
	device->entry = g_strdup(g_strstrip(line));
	g_string_append_printf(reading->input, "%s %u %s\n", mark, reading->table->devices->len,
			       device->entry);
	g_ptr_array_add(reading->table->devices, device);
	g_ptr_array_add(reading->starts, GSIZE_TO_POINTER((gsize) (start - reading->text)));
}

static void cut_entries(struct reading *reading)
{
	const char *at = reading->text + reading->table->body, *end = reading->text + reading->table->end;

	while (at < end && reading->table->devices->len < ENTRIES_MAX) {
		at += strspn(at, " \t\n,");
		if (at >= end)
			break;
		if (*at == '#') {
			const char *line = strchr(at, '\n');
			const char *stop = line && line < end ? line : end;
			g_string_append_printf(reading->input, "%.*s\n", (int) (stop - at), at);
			at = stop;
			continue;
		}
		/* A directive inside an entry ends it: such an entry is unclear, and said to be. */
		const char *stop = device_entry_end(at, end);
		add_entry(reading, at, stop);
		at = stop;
	}
}

/* The rows of an expanded entry: one, or those of a macro that stands for several ("{ 1, 2 }, { 1, 3 },"). */
static GPtrArray *rows(const char *expanded)
{
	const char *end = expanded + strlen(expanded);
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);

	for (const char *at = expanded; at < end; at++) {
		const char *stop = device_entry_end(at, end);
		char *row = g_strstrip(g_strndup(at, (gsize) (stop - at)));
		if (*row == '{')
			g_ptr_array_add(found, row);
		else
			g_free(row);
		at = stop;
	}
	if (found->len <= 1) {
		g_ptr_array_set_size(found, 0);
		g_ptr_array_add(found, g_strdup(expanded));
	}
	return found;
}

static struct ksig_device *another(const struct ksig_device *device)
{
	struct ksig_device *copy = g_new0(struct ksig_device, 1);

	copy->place = g_strdup(device->place);
	copy->table = g_strdup(device->table);
	copy->entry = g_strdup(device->entry);
	return copy;
}

/* "KSIG_ENTRY 12 .vendor = …": what the preprocessor left of entry 12. Entries that it left out stay unclear.
 */
static void take_line(struct reading *reading, const char *line, GPtrArray *active)
{
	char *rest = NULL;
	const char *number = line + strlen(mark);
	const guint64 index = g_ascii_strtoull(number, &rest, 10);

	if (rest == number || index >= reading->starts->len)
		return;
	struct ksig_device *device = g_ptr_array_index(reading->table->devices, index);
	g_autoptr(GPtrArray) of_entry = rows(rest);
	for (guint i = 0; i < of_entry->len && reading->table->devices->len < ENTRIES_MAX; i++) {
		bool is_end = false;
		g_autofree char *alias = device_alias(of_entry->pdata[i], &is_end);
		if (is_end) {
			reading->table->last = GPOINTER_TO_SIZE(reading->starts->pdata[index]);
			continue;
		}
		struct ksig_device *row = i == 0 ? device : another(device);
		row->alias = g_steal_pointer(&alias);
		g_ptr_array_add(active, row);
		if (i > 0)
			g_ptr_array_add(reading->table->devices, row);
	}
}

static bool expand(struct reading *reading, const char *copies, GError **error)
{
	g_autoptr(GString) output = device_preprocess(reading->input, copies, error);
	g_autoptr(GPtrArray) active = g_ptr_array_new();

	if (!output)
		return false;
	g_auto(GStrv) lines = g_strsplit(output->str, "\n", -1);
	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, mark))
			take_line(reading, *line, active);
	for (guint i = reading->table->devices->len; i > 0; i--)
		if (!g_ptr_array_find(active, g_ptr_array_index(reading->table->devices, i - 1), NULL))
			g_ptr_array_remove_index(reading->table->devices, i - 1);
	return true;
}

static struct device_table *table_new(const char *name, size_t body, size_t end)
{
	struct device_table *table = g_new0(struct device_table, 1);

	table->name = g_strdup(name);
	table->body = body;
	table->end = table->last = end;
	table->devices = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_device_free);
	return table;
}

static struct device_table *read_table(const char *file, const char *text,
				       const struct device_definitions *definitions,
				       struct device_table *table, GError **error)
{
	g_autofree char *before = g_strndup(text, table->body);
	g_autoptr(GString) input = g_string_new(definitions->text);
	g_autoptr(GPtrArray) starts = g_ptr_array_new();
	struct reading reading = {
		.file = file, .text = text, .table = table, .input = input, .starts = starts};

	device_add_directives(input, before);
	cut_entries(&reading);
	if (expand(&reading, definitions->copies, error))
		return table;
	free_table(table);
	return NULL;
}

GPtrArray *device_tables_parse(const char *file, const char *text,
			       const struct device_definitions *definitions, const device_names *names,
			       GError **error)
{
	g_autoptr(GRegex) head = g_regex_new("pci_device_id\\s+(\\w+)\\s*\\[[^\\]]*\\]\\s*[\\w\\s]*=\\s*\\{",
					     G_REGEX_RAW, 0, NULL);
	g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func(free_table);
	g_autofree char *plain = ksig_c_without_comments(text);
	g_autoptr(GMatchInfo) match = NULL;

	/* Bytes, not letters: a source may be of any encoding. */
	g_autofree char *ascii = g_strdup(plain);
	for (char *at = ascii; *at; at++)
		*at = *at & 0x80 ? '?' : *at;
	for (g_regex_match(head, ascii, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *name = g_match_info_fetch(match, 1);
		int start = 0, body = 0;
		g_match_info_fetch_pos(match, 0, &start, &body);
		const char *end = device_closing_brace(ascii + body);
		if (!end || !(g_hash_table_contains(names->exported, name) ||
			      g_hash_table_contains(names->disabled, name)))
			continue;
		struct device_table *table = read_table(
			file, ascii, definitions, table_new(name, (size_t) body, (size_t) (end - ascii)),
			error);
		if (!table)
			return NULL;
		g_ptr_array_add(tables, table);
	}
	return g_steal_pointer(&tables);
}
