/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The patch that puts ids back: upstream's entries, at the end of the vendor's tables. */
#include "kmod/device-companions-internal.h"
#include "kmod/device-read-internal.h"
#include "kmod/device-source-internal.h"
#include "kmod/device-table-internal.h"
#include "kmod/device-unit-internal.h"
#include "kmod/devices-internal.h"

#include <string.h>

enum { DIFF_TIMEOUT_MS = 60 * 1000, DIFF_LINES_OF_CONTEXT = 3 };

struct restoring {
	const char *vendor;
	device_units *units;       /* the vendor's */
	const char *base;          /* what its files are read with, before what is around each */
	const char *settings;      /* its configuration */
	const device_names *names; /* the vendor's, too */
	const GPtrArray *files;    /* char *, the vendor's */
	GPtrArray *wanted;         /* const struct ksig_device *, of upstream */
	GPtrArray *failed;         /* char *, aliases */
	GString *patch;
};

static bool asks_for(const ksig_recipe *recipe, const char *alias)
{
	for (char **prefix = recipe->devices; *prefix; prefix++)
		if (g_str_has_prefix(alias, *prefix))
			return true;
	return !*recipe->devices;
}

static struct device_table *find_table(GPtrArray *tables, const char *name)
{
	for (guint i = 0; i < tables->len; i++) {
		struct device_table *table = g_ptr_array_index(tables, i);
		if (g_str_equal(table->name, name))
			return table;
	}
	return NULL;
}

/* One entry may stand for several devices. */
static bool has_entry(const GPtrArray *devices, guint before)
{
	const struct ksig_device *device = g_ptr_array_index(devices, before);

	for (guint i = 0; i < before; i++)
		if (g_str_equal(((const struct ksig_device *) devices->pdata[i])->entry, device->entry))
			return true;
	return false;
}

/* TEXT with the entries of DEVICES before what ends the table; the line that they go before keeps its indent.
 */
static char *insert(const char *text, const struct device_table *table, const GPtrArray *devices)
{
	size_t at = table->last;
	GString *out = NULL;

	while (at > table->body && (text[at - 1] == ' ' || text[at - 1] == '\t'))
		at--;
	out = g_string_new_len(text, (gssize) at);
	if (at > 0 && text[at - 1] != '\n')
		g_string_append(out, "\n");
	for (guint i = 0; i < devices->len; i++)
		if (!has_entry(devices, i))
			g_string_append_printf(out, "\t%s,\n",
					       ((const struct ksig_device *) devices->pdata[i])->entry);
	g_string_append(out, text + at);
	return g_string_free(out, FALSE);
}

static bool has_alias(const struct device_table *table, const char *alias)
{
	for (guint i = 0; i < table->devices->len; i++) {
		const struct ksig_device *device = g_ptr_array_index(table->devices, i);
		if (g_strcmp0(device->alias, alias) == 0)
			return true;
	}
	return false;
}

static GPtrArray *tables_of(const struct restoring *restoring, const char *file, const char *text,
			    GError **error)
{
	return device_read_tables(restoring->units, restoring->base, file, text, restoring->names, error);
}

/* The text of FILE with those of DEVICES that mean in it what they mean upstream; the others are failures. */
static char *restore_table(struct restoring *restoring, const char *file, char *text, const char *name,
			   GPtrArray *devices, GError **error)
{
	g_autofree char *original = text;
	g_autoptr(GPtrArray) before = tables_of(restoring, file, original, error);
	struct device_table *table = before ? find_table(before, name) : NULL;

	if (!before)
		return NULL;
	g_autofree char *trial = table ? insert(original, table, devices) : NULL;
	g_autoptr(GPtrArray) after = trial ? tables_of(restoring, file, trial, error) : NULL;
	if (trial && !after)
		return NULL;
	const struct device_table *patched = after ? find_table(after, name) : NULL;
	for (guint i = devices->len; i > 0; i--) {
		const struct ksig_device *device = g_ptr_array_index(devices, i - 1);
		if (patched && has_alias(patched, device->alias))
			continue;
		g_ptr_array_add(
			restoring->failed,
			g_strdup_printf("%s: its entry means nothing in the vendor's source", device->alias));
		g_ptr_array_remove_index(devices, i - 1);
	}
	return devices->len > 0 ? insert(original, table, devices) : g_steal_pointer(&original);
}

/* Those that go into TABLE: the names of arrays stay when a vendor moves them to another file. */
static GPtrArray *wanted_of(const struct restoring *restoring, const char *table)
{
	GPtrArray *devices = g_ptr_array_new();

	for (guint i = 0; i < restoring->wanted->len; i++) {
		struct ksig_device *device = g_ptr_array_index(restoring->wanted, i);
		if (device->how != KSIG_DEVICE_DISABLED && g_str_equal(device->table, table))
			g_ptr_array_add(devices, device);
	}
	return devices;
}

/* TEXT without "if (pci_hw_disabled(TABLE, pdev)) return -ENODEV;", which keeps the driver off rows that it
 * has. */
static char *without_refusal(const char *text)
{
	g_autoptr(GRegex)
		refusal = g_regex_new("[ \\t]*if\\s*\\(\\s*pci_hw_disabled\\s*\\([^;{}()]*\\)\\s*\\)\\s*"
				      "return\\b[^;{}]*;[ \\t]*\\n",
				      G_REGEX_RAW, 0, NULL);

	return g_regex_replace_literal(refusal, text, -1, 0, "", 0, NULL);
}

static bool wants_disabled(const struct restoring *restoring)
{
	for (guint i = 0; i < restoring->wanted->len; i++)
		if (((struct ksig_device *) restoring->wanted->pdata[i])->how == KSIG_DEVICE_DISABLED)
			return true;
	return false;
}

static bool add_difference(struct restoring *restoring, const char *file, const char *old, const char *new,
			   GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-devices", error);
	g_autofree char *old_path = scratch ? g_build_filename(scratch, "old", NULL) : NULL;
	g_autofree char *new_path = scratch ? g_build_filename(scratch, "new", NULL) : NULL;
	g_autofree char *old_label = g_strconcat("a/", file, NULL),
			*new_label = g_strconcat("b/", file, NULL);
	g_autofree char *context = g_strdup_printf("-U%d", DIFF_LINES_OF_CONTEXT);
	const char *const argv[] = {"diff",    context, "--label", old_label, "--label",
				    new_label, "--",    old_path,  new_path,  NULL};
	const struct ksig_process_options options = {.timeout_ms = DIFF_TIMEOUT_MS};
	g_autoptr(GString) output = NULL;
	int status = 0;

	if (!scratch || !ksig_file_write(old_path, old, -1, 0644, error) ||
	    !ksig_file_write(new_path, new, -1, 0644, error) ||
	    !ksig_process_run(argv, &options, &status, &output, error))
		return false;
	g_string_append_len(restoring->patch, output->str, (gssize) output->len);
	return true;
}

static bool restore_file(struct restoring *restoring, const char *file, GHashTable *placed, GError **error)
{
	g_autofree char *path = g_build_filename(restoring->vendor, file, NULL);
	g_autofree char *old = ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, error);
	g_autofree char *text = !old                        ? NULL
				: wants_disabled(restoring) ? without_refusal(old)
							    : g_strdup(old);
	g_autoptr(GPtrArray) tables = old ? tables_of(restoring, file, old, error) : NULL;

	for (guint i = 0; tables && i < tables->len; i++) {
		const char *name = ((struct device_table *) tables->pdata[i])->name;
		g_autoptr(GPtrArray) of_table = wanted_of(restoring, name);
		if (of_table->len == 0 || g_hash_table_contains(placed, name))
			continue;
		g_hash_table_add(placed, g_strdup(name));
		char *changed = restore_table(restoring, file, g_steal_pointer(&text), name, of_table, error);
		if (!changed)
			return false;
		text = changed;
	}
	return tables && (g_str_equal(old, text) || add_difference(restoring, file, old, text, error));
}

static void fail(struct restoring *restoring, const struct ksig_device *device, const char *reason)
{
	g_ptr_array_add(restoring->failed, g_strdup_printf("%s: %s", device->alias, reason));
}

/* Leaves in WANTED what the recipe asks for, needs a change of the source, and can do without more of it. */
static bool choose(struct restoring *restoring, const char *upstream, const ksig_recipe *recipe,
		   const GPtrArray *driven, GError **error)
{
	g_autoptr(GPtrArray) their_lines = device_lines(upstream, recipe, NULL, error);
	g_autoptr(GPtrArray)
		our_lines = their_lines ? device_lines(restoring->vendor, recipe, restoring->settings, error)
					: NULL;
	GPtrArray *wanted = restoring->wanted;

	for (guint i = wanted->len; our_lines && i > 0; i--) {
		const struct ksig_device *device = g_ptr_array_index(wanted, i - 1);
		const bool ours = asks_for(recipe, device->alias) && device->how != KSIG_DEVICE_CENTRAL;
		g_autoptr(GPtrArray) places = ours ? device_companions(device, driven, their_lines, our_lines)
						   : NULL;
		if (ours && places->len == 0)
			continue;
		if (ours) {
			g_ptr_array_add(places, NULL);
			g_autofree char *all = g_strjoinv("; ", (char **) places->pdata);
			g_autofree char *reason = g_strdup_printf(
				"what goes with it is not in the vendor's source: %s", all);
			fail(restoring, device, reason);
		}
		g_ptr_array_remove_index(wanted, i - 1);
	}
	return our_lines != NULL;
}

/* Rows of tables that the vendor's source does not have, and a refusal that is written in another way. */
static void report_rest(struct restoring *restoring, GHashTable *placed, const GPtrArray *disabled_left)
{
	for (guint i = 0; i < restoring->wanted->len; i++) {
		const struct ksig_device *device = g_ptr_array_index(restoring->wanted, i);
		if (device->how == KSIG_DEVICE_DISABLED) {
			if (disabled_left->len > 0)
				fail(restoring, device, "how the driver refuses it is not understood");
		} else if (device->how == KSIG_DEVICE_UNTOLD) {
			fail(restoring, device,
			     "the driver has it in a table that MODULE_DEVICE_TABLE does not name");
		} else if (!g_hash_table_contains(placed, device->table)) {
			fail(restoring, device, "its table is not in the vendor's source");
		}
	}
}

/* The files whose call of pci_hw_disabled() stays: it is not the usual condition. */
static GPtrArray *left_calls(const struct restoring *restoring)
{
	GPtrArray *left = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < restoring->files->len; i++) {
		g_autofree char *path = g_build_filename(restoring->vendor, restoring->files->pdata[i], NULL);
		g_autofree char *text = ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL);
		g_autofree char *after = text ? without_refusal(text) : NULL;
		g_autofree char *plain = after ? ksig_c_without_comments(after) : NULL;
		if (plain && strstr(plain, "pci_hw_disabled"))
			g_ptr_array_add(left, g_strdup(restoring->files->pdata[i]));
	}
	return left;
}

static bool restore(struct restoring *restoring, GError **error)
{
	g_autoptr(GHashTable) placed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) left = left_calls(restoring);

	for (guint i = 0; i < restoring->files->len; i++)
		if (!restore_file(restoring, g_ptr_array_index(restoring->files, i), placed, error))
			return false;
	report_rest(restoring, placed, left);
	return true;
}

char *ksig_kmod_devices_patch(const char *upstream, const char *vendor, const ksig_recipe *recipe,
			      const char *configuration, const char *release, GPtrArray **out_failed,
			      GError **error)
{
	g_autofree char *settings = device_settings(configuration, recipe, release);
	g_autofree char *definitions = device_base_definitions(vendor, settings, error);
	g_autoptr(GPtrArray) theirs = definitions ? ksig_kmod_devices_of_source(upstream, recipe, NULL, error)
						  : NULL;
	g_autoptr(GPtrArray) unclear = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(device_units) units = theirs ? device_units_open(vendor, recipe, error) : NULL;
	g_autofree char *base = units ? device_units_copy(units, definitions, error) : NULL;
	g_autoptr(GPtrArray) ours = base ? device_read(units, settings, unclear, error) : NULL;
	g_autoptr(GPtrArray) failed = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) patch = g_string_new(NULL);
	g_auto(device_names) names = device_names_read(vendor, recipe);

	if (!ours)
		return NULL;
	g_autoptr(GPtrArray) wanted = ksig_kmod_devices_missing(theirs, ours);
	struct restoring restoring = {.vendor = vendor,
				      .units = units,
				      .base = base,
				      .settings = settings,
				      .names = &names,
				      .files = device_units_parts(units),
				      .wanted = wanted,
				      .failed = failed,
				      .patch = patch};
	if (!choose(&restoring, upstream, recipe, ours, error) || !restore(&restoring, error))
		return NULL;
	if (out_failed)
		*out_failed = g_steal_pointer(&failed);
	return patch->len > 0 ? g_string_free(g_steal_pointer(&patch), FALSE) : NULL;
}
