/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The patch that puts ids back: upstream's entries, at the end of the vendor's tables. */
#include "kmod/devices-internal.h"

#include <string.h>

enum { DIFF_TIMEOUT_MS = 60 * 1000, DIFF_LINES_OF_CONTEXT = 3 };

struct restoring {
	const char *vendor;
	const char *definitions; /* the vendor's */
	GPtrArray *wanted;       /* const struct ksig_device *, of upstream */
	GPtrArray *failed;       /* char *, aliases */
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

/* The text of FILE with those of DEVICES that mean in it what they mean upstream; the others are failures. */
static char *restore_table(struct restoring *restoring, const char *file, char *text, const char *name,
			   GPtrArray *devices, GError **error)
{
	g_autofree char *original = text;
	g_autoptr(GPtrArray) before = device_tables_parse(file, original, restoring->definitions, error);
	struct device_table *table = before ? find_table(before, name) : NULL;

	if (!before)
		return NULL;
	g_autofree char *trial = table ? insert(original, table, devices) : NULL;
	g_autoptr(GPtrArray) after = trial ? device_tables_parse(file, trial, restoring->definitions, error)
					   : NULL;
	if (trial && !after)
		return NULL;
	const struct device_table *patched = after ? find_table(after, name) : NULL;
	for (guint i = devices->len; i > 0; i--) {
		const struct ksig_device *device = g_ptr_array_index(devices, i - 1);
		if (patched && has_alias(patched, device->alias))
			continue;
		g_ptr_array_add(restoring->failed, g_strdup(device->alias));
		g_ptr_array_remove_index(devices, i - 1);
	}
	return devices->len > 0 ? insert(original, table, devices) : g_steal_pointer(&original);
}

static GPtrArray *wanted_of(const struct restoring *restoring, const char *file, const char *table)
{
	GPtrArray *devices = g_ptr_array_new();

	for (guint i = 0; i < restoring->wanted->len; i++) {
		struct ksig_device *device = g_ptr_array_index(restoring->wanted, i);
		if (g_str_equal(device->place, file) && (!table || g_str_equal(device->table, table)))
			g_ptr_array_add(devices, device);
	}
	return devices;
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

static bool restore_file(struct restoring *restoring, const char *file, GError **error)
{
	g_autofree char *path = g_build_filename(restoring->vendor, file, NULL);
	g_autofree char *old = ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL);
	g_autofree char *text = g_strdup(old ? old : "");
	g_autoptr(GPtrArray) devices = wanted_of(restoring, file, NULL);
	g_autoptr(GHashTable) tables = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < devices->len; i++) {
		const struct ksig_device *device = g_ptr_array_index(devices, i);
		if (!g_hash_table_add(tables, device->table))
			continue;
		g_autoptr(GPtrArray) of_table = wanted_of(restoring, file, device->table);
		char *changed = restore_table(restoring, file, g_steal_pointer(&text), device->table,
					      of_table, error);
		if (!changed)
			return false;
		text = changed;
	}
	return !old || g_str_equal(old, text) || add_difference(restoring, file, old, text, error);
}

char *ksig_kmod_devices_patch(const char *upstream, const char *vendor, const ksig_recipe *recipe,
			      GPtrArray **out_failed, GError **error)
{
	g_autofree char *definitions = device_definitions(vendor, recipe, error);
	g_autoptr(GPtrArray) theirs = definitions ? ksig_kmod_devices_of_source(upstream, recipe, NULL, error)
						  : NULL;
	g_autoptr(GPtrArray) ours = theirs ? ksig_kmod_devices_of_source(vendor, recipe, NULL, error) : NULL;
	g_autoptr(GPtrArray) failed = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) files = device_files(upstream, recipe);
	g_autoptr(GString) patch = g_string_new(NULL);

	if (!ours)
		return NULL;
	g_autoptr(GPtrArray) wanted = ksig_kmod_devices_missing(theirs, ours);
	for (guint i = wanted->len; i > 0; i--)
		if (!asks_for(recipe, ((const struct ksig_device *) wanted->pdata[i - 1])->alias))
			g_ptr_array_remove_index(wanted, i - 1);
	struct restoring restoring = {.vendor = vendor,
				      .definitions = definitions,
				      .wanted = wanted,
				      .failed = failed,
				      .patch = patch};
	for (guint i = 0; i < files->len; i++)
		if (!restore_file(&restoring, g_ptr_array_index(files, i), error))
			return NULL;
	if (out_failed)
		*out_failed = g_steal_pointer(&failed);
	return patch->len > 0 ? g_string_free(g_steal_pointer(&patch), FALSE) : NULL;
}
