/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of a driver's source: which, by the rows that a compiler would see; their places and how they
 * are written, by the text; whether something refuses them while the module runs.
 */
#include "kmod/device-read-internal.h"
#include "kmod/device-alias-internal.h"
#include "kmod/device-expand-internal.h"
#include "kmod/device-source-internal.h"
#include "kmod/device-table-internal.h"
#include "kmod/device-unit-internal.h"
#include "kmod/devices-internal.h"

#include <string.h>

static GPtrArray *devices_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_device_free);
}

/* Moves the rows of TABLES to DEVICES. */
static void take_rows(GPtrArray *tables, GPtrArray *devices)
{
	for (guint i = 0; i < tables->len; i++) {
		struct device_table *table = g_ptr_array_index(tables, i);
		while (table->devices->len > 0)
			g_ptr_array_add(devices, g_ptr_array_steal_index(table->devices, 0));
	}
}

static void mark(GPtrArray *driven, const GPtrArray *disabled, enum ksig_device_how how)
{
	for (guint i = 0; i < driven->len; i++) {
		struct ksig_device *device = g_ptr_array_index(driven, i);
		if (device_is_covered(device->alias, disabled))
			device->how = how;
	}
}

/* Moves to DEVICES those of UNTOLD that it does not cover. */
static void add_untold(GPtrArray *devices, GPtrArray *untold)
{
	while (untold->len > 0) {
		struct ksig_device *device = g_ptr_array_steal_index(untold, 0);
		device->how = KSIG_DEVICE_UNTOLD;
		if (device_is_covered(device->alias, devices))
			ksig_kmod_device_free(device);
		else
			g_ptr_array_add(devices, device);
	}
}

static void replace(char **text, const char *by)
{
	g_free(*text);
	*text = g_strdup(by);
}

static char *row_key(const struct ksig_device *device)
{
	return g_strdup_printf("%s %s", device->table, device->alias);
}

/*
 * DRIVEN, rows of expanded files, each with its entry as it is written where one of WRITTEN is that, which is
 * how it can be put into another source; each once.
 */
static GPtrArray *as_written(GPtrArray *driven, const GPtrArray *written)
{
	g_autoptr(GHashTable) entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GPtrArray *devices = devices_new();

	for (guint i = written->len; i > 0; i--) {
		struct ksig_device *device = g_ptr_array_index(written, i - 1);
		if (device->alias)
			g_hash_table_replace(entries, row_key(device), device);
	}
	while (driven->len > 0) {
		struct ksig_device *device = g_ptr_array_steal_index(driven, 0);
		g_autofree char *key = row_key(device);
		const struct ksig_device *same = g_hash_table_lookup(entries, key);
		if (!g_hash_table_add(seen, g_steal_pointer(&key))) {
			ksig_kmod_device_free(device);
			continue;
		}
		if (same) {
			replace(&device->place, same->place);
			replace(&device->entry, same->entry);
		}
		g_ptr_array_add(devices, device);
	}
	return devices;
}

/* A source that is read with settings. */
struct device_reading {
	device_units *units;
	const char *base; /* directives: the usual words, the settings */
	device_names names;
};

GPtrArray *device_read_tables(device_units *units, const char *base, const char *file, const char *text,
			      const device_names *names, GError **error)
{
	g_autofree char *around = device_units_around(units, file, error);
	g_autofree char *before = around ? g_strconcat(base, around, NULL) : NULL;
	const struct device_definitions definitions = {before, device_units_copies(units)};

	return before ? device_tables_parse(file, text, &definitions, names, error) : NULL;
}

/* The rows of FILE as they are written. */
static bool read_written(struct device_reading *reading, const char *file, GPtrArray *written, GError **error)
{
	g_autofree char *path = g_build_filename(device_units_folder(reading->units), file, NULL);
	g_autofree char *text = ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL);

	if (!text || !strstr(text, "pci_device_id"))
		return true;
	g_autoptr(GPtrArray) tables = device_read_tables(reading->units, reading->base, file, text,
							 &reading->names, error);
	if (tables)
		take_rows(tables, written);
	return tables != NULL;
}

static bool read_parts(struct device_reading *reading, GPtrArray *written, GError **error)
{
	const GPtrArray *parts = device_units_parts(reading->units);

	for (guint i = 0; i < parts->len; i++)
		if (!read_written(reading, g_ptr_array_index(parts, i), written, error))
			return false;
	return true;
}

/* What the compiler would see, of each .c file that has a table. */
static bool read_roots(struct device_reading *reading, struct device_expansion *expansion, GError **error)
{
	const GPtrArray *roots = device_units_roots(reading->units);

	for (guint i = 0; i < roots->len; i++) {
		const char *root = g_ptr_array_index(roots, i);
		g_autofree char *missing = device_units_missing(reading->units, root);
		g_autoptr(GString) text = device_units_expand(reading->units, root, reading->base, error);
		if (!text)
			return false;
		expansion->file = root;
		expansion->text = text->str;
		expansion->missing = missing;
		device_expansion_read(expansion);
	}
	return true;
}

/* What the kernel itself switches off, of all drivers. */
static bool read_central(struct device_reading *reading, GPtrArray *devices, GError **error)
{
	g_autofree char *path = g_build_filename(device_units_folder(reading->units), device_central_file,
						 NULL);
	g_autofree char *text = g_file_test(path, G_FILE_TEST_EXISTS)
					? ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, error)
					: g_strdup("");
	g_autoptr(GPtrArray)
		tables = text ? device_read_tables(reading->units, reading->base, device_central_file, text,
						   &reading->names, error)
			      : NULL;

	if (tables)
		take_rows(tables, devices);
	return tables != NULL;
}

/* A row of the kernel's own list that is not understood may keep any device off. */
static void say_unclear(const GPtrArray *devices, GPtrArray *unclear)
{
	for (guint i = 0; i < devices->len; i++) {
		const struct ksig_device *device = g_ptr_array_index(devices, i);
		if (!device->alias)
			g_ptr_array_add(unclear, g_strdup_printf("%s: %s: %s", device->place, device->table,
								 device->entry));
	}
}

/* How many of OTHERS are of BUS. */
static guint count_of(GHashTable *others, const char *bus)
{
	g_autofree char *prefix = g_strconcat(bus, " ", NULL);
	GHashTableIter iter;
	gpointer table;
	guint count = 0;

	g_hash_table_iter_init(&iter, others);
	while (g_hash_table_iter_next(&iter, &table, NULL))
		count += g_str_has_prefix(table, prefix);
	return count;
}

void device_read_others(const device_units *units, GPtrArray *unclear)
{
	GHashTable *others = device_units_others(units);
	g_autoptr(GList) tables = g_list_sort(g_hash_table_get_keys(others), (GCompareFunc) strcmp);
	g_autoptr(GString) line = g_string_new(NULL);
	g_autofree char *last = NULL;

	for (const GList *table = tables; table; table = table->next) {
		g_autofree char *bus = g_strndup(table->data, strcspn(table->data, " "));
		if (g_strcmp0(bus, last) != 0)
			g_string_append_printf(line, "%s%s %u", line->len > 0 ? ", " : "", bus,
					       count_of(others, bus));
		replace(&last, bus);
	}
	if (line->len > 0)
		g_ptr_array_add(unclear, g_strconcat(device_other_buses, line->str, NULL));
}

GPtrArray *device_read(device_units *units, const char *settings, GPtrArray *unclear, GError **error)
{
	const char *folder = device_units_folder(units);
	g_autofree char *definitions = device_base_definitions(folder, settings, error);
	g_autofree char *base = definitions ? device_units_copy(units, definitions, error) : NULL;
	g_autoptr(GPtrArray) written = devices_new();
	g_autoptr(GPtrArray) driven = devices_new(), disabled = devices_new(), central = devices_new();
	g_autoptr(GPtrArray) untold = devices_new();
	g_auto(device_names) names = device_names_read(folder, device_units_recipe(units));
	struct device_expansion expansion = {.driven = driven,
					     .disabled = disabled,
					     .untold = untold,
					     .unclear = unclear,
					     .others = device_units_others(units)};
	struct device_reading reading = {units, base, names};

	if (!base || !read_central(&reading, central, error) || !read_roots(&reading, &expansion, error) ||
	    !read_parts(&reading, written, error))
		return NULL;
	say_unclear(central, unclear);
	GPtrArray *devices = as_written(driven, written);
	mark(devices, central, KSIG_DEVICE_CENTRAL);
	mark(devices, disabled, KSIG_DEVICE_DISABLED);
	add_untold(devices, untold);
	return devices;
}
