/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a .c file whose macros are expanded: what MODULE_DEVICE_TABLE() names, row by row. */
#include "kmod/device-expand-internal.h"
#include "kmod/device-alias-internal.h"
#include "kmod/device-table-internal.h"

#include <string.h>

enum { ROWS_MAX = 1 << 16 };

/* What stands between the braces of "NAME[…] = {…}"; NULL: TEXT has none. */
static char *table_body(const char *text, const char *name)
{
	g_autofree char *pattern = g_strdup_printf(
		"\\b%s\\s*\\[[^\\]{};]*\\]\\s*(?:[\\w\\s]|\\(\\([^{};=]*\\)\\))*=\\s*\\{", name);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	int start = 0, body = 0;

	if (!regex || !g_regex_match(regex, text, 0, &match))
		return NULL;
	g_match_info_fetch_pos(match, 0, &start, &body);
	const char *end = device_closing_brace(text + body);
	return end ? g_strndup(text + body, (gsize) (end - text - body)) : NULL;
}

/* ROW without "[BOARD] =" before it. */
static const char *row_value(const char *row)
{
	const char *end = *row == '[' ? strchr(row, ']') : NULL;
	const char *equals = end ? end + 1 + strspn(end + 1, " \t\n") : "";

	return *equals == '=' ? equals + 1 + strspn(equals + 1, " \t\n") : row;
}

static void add_row(const struct device_expansion *expansion, const char *name, const char *row,
		    GPtrArray *devices)
{
	bool is_end = false;
	g_autofree char *alias = device_alias(row_value(row), &is_end);

	if (is_end)
		return;
	struct ksig_device *device = g_new0(struct ksig_device, 1);
	device->alias = g_steal_pointer(&alias);
	device->place = g_strdup(expansion->file);
	device->table = g_strdup(name);
	device->entry = g_strdelimit(g_strdup(row), "\n\t", ' ');
	if (device->alias) {
		g_ptr_array_add(devices, device);
		return;
	}
	g_ptr_array_add(expansion->unclear,
			g_strdup_printf("%s: %s: %s", device->place, device->table, device->entry));
	ksig_kmod_device_free(device);
}

static bool add_table(const struct device_expansion *expansion, const char *name, GPtrArray *devices)
{
	g_autofree char *body = table_body(expansion->text, name);
	const char *end = body ? body + strlen(body) : NULL;
	unsigned rows = 0;

	for (const char *at = body; body && at < end && rows < ROWS_MAX; rows++) {
		const char *stop = device_entry_end(at, end);
		g_autofree char *row = g_strstrip(g_strndup(at, (gsize) (stop - at)));
		if (*row)
			add_row(expansion, name, row, devices);
		at = stop + (stop < end);
	}
	return body != NULL;
}

static void say_unread(const struct device_expansion *expansion, const char *name)
{
	g_ptr_array_add(expansion->unclear,
			g_strdup_printf("%s: MODULE_DEVICE_TABLE(pci, %s): its table is not found%s%s%s",
					expansion->file, name,
					expansion->missing ? " (not among the recipe's files: " : "",
					expansion->missing ? expansion->missing : "",
					expansion->missing ? ")" : ""));
}

static void take_exported(const struct device_expansion *expansion)
{
	g_autoptr(GRegex) call = g_regex_new("MODULE_DEVICE_TABLE\\s*\\(\\s*(\\w+)\\s*,\\s*([^()]*?)\\s*\\)",
					     G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(call, expansion->text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *bus = g_match_info_fetch(match, 1), *name = g_match_info_fetch(match, 2);
		if (!g_str_equal(bus, "pci"))
			g_hash_table_add(expansion->others,
					 g_strdup_printf("%s %s %s", bus, expansion->file, name));
		else if (!g_regex_match_simple("^\\w+$", name, G_REGEX_RAW, 0) ||
			 !add_table(expansion, name, expansion->driven))
			say_unread(expansion, name);
	}
}

/* The tables of "struct pci_driver x = { .id_table = NAME, … };" that were not read yet. */
static void take_untold(const struct device_expansion *expansion)
{
	g_autoptr(GRegex) driver = g_regex_new(
		"\\bpci_driver\\s+\\w+\\s*=\\s*\\{[^;]*?\\.id_table\\s*=\\s*(\\w+)", G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(driver, expansion->text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *name = g_match_info_fetch(match, 1);
		g_autofree char *exported = g_strdup_printf(
			"MODULE_DEVICE_TABLE\\s*\\(\\s*pci\\s*,\\s*%s\\s*\\)", name);
		if (!g_regex_match_simple(exported, expansion->text, G_REGEX_RAW, 0))
			add_table(expansion, name, expansion->untold);
	}
}

static void take_disabled(const struct device_expansion *expansion)
{
	g_autoptr(GRegex) call = g_regex_new("pci_hw_disabled\\s*\\(\\s*(\\w+)\\s*,", G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(call, expansion->text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *name = g_match_info_fetch(match, 1);
		add_table(expansion, name, expansion->disabled);
	}
}

void device_expansion_read(const struct device_expansion *expansion)
{
	take_exported(expansion);
	take_disabled(expansion);
	take_untold(expansion);
}
