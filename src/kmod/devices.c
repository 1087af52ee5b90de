/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kmod/devices-internal.h"

#include <string.h>

enum { STAGE_TIMEOUT_MS = 30 * 60 * 1000, MODALIAS_LIMIT_BYTES = 4096 };

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

static GPtrArray *devices_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_device_free);
}

GPtrArray *ksig_kmod_devices_of_modules(const GPtrArray *modules)
{
	GPtrArray *devices = devices_new();

	for (guint i = 0; i < modules->len; i++) {
		const ksig_module *module = g_ptr_array_index(modules, i);
		for (guint k = 0; k < module->aliases->len; k++) {
			const char *alias = g_ptr_array_index(module->aliases, k);
			if (!g_str_has_prefix(alias, "pci:"))
				continue;
			struct ksig_device *device = g_new0(struct ksig_device, 1);
			device->alias = g_strdup(alias);
			device->place = g_strdup(module->name);
			g_ptr_array_add(devices, device);
		}
	}
	return devices;
}

static void take_devices(struct device_table *table, GPtrArray *devices, GPtrArray *unclear)
{
	while (table->devices->len > 0) {
		struct ksig_device *device = g_ptr_array_steal_index(table->devices, 0);
		if (device->alias) {
			g_ptr_array_add(devices, device);
			continue;
		}
		g_ptr_array_add(unclear,
				g_strdup_printf("%s: %s: %s", device->place, device->table, device->entry));
		ksig_kmod_device_free(device);
	}
}

GPtrArray *ksig_kmod_devices_of_source(const char *folder, const ksig_recipe *recipe, GPtrArray **out_unclear,
				       GError **error)
{
	g_autofree char *definitions = device_definitions(folder, recipe, error);
	g_autoptr(GPtrArray) files = device_files(folder, recipe);
	g_autoptr(GPtrArray) unclear = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) devices = devices_new();

	if (!definitions)
		return NULL;
	for (guint i = 0; i < files->len; i++) {
		g_autoptr(GPtrArray) tables = device_tables_read(folder, files->pdata[i], definitions, error);
		if (!tables)
			return NULL;
		for (guint k = 0; k < tables->len; k++)
			take_devices(g_ptr_array_index(tables, k), devices, unclear);
	}
	if (out_unclear)
		*out_unclear = g_steal_pointer(&unclear);
	return g_steal_pointer(&devices);
}

/* The '*' of ALIAS is a letter like any other here: only a '*' of the other one covers it. */
static bool is_covered(const char *alias, const GPtrArray *others)
{
	for (guint i = 0; i < others->len; i++)
		if (g_pattern_match_simple(((const struct ksig_device *) others->pdata[i])->alias, alias))
			return true;
	return false;
}

GPtrArray *ksig_kmod_devices_missing(const GPtrArray *devices, const GPtrArray *others)
{
	GPtrArray *missing = g_ptr_array_new();

	for (guint i = 0; i < devices->len; i++) {
		struct ksig_device *device = g_ptr_array_index(devices, i);
		if (!is_covered(device->alias, others))
			g_ptr_array_add(missing, device);
	}
	return missing;
}

GPtrArray *ksig_kmod_devices_here(const char *sysfs, const char *alias)
{
	g_autofree char *folder = g_build_filename(sysfs, "bus", "pci", "devices", NULL);
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(folder, name, "modalias", NULL);
		g_autofree char *modalias = ksig_file_read(path, MODALIAS_LIMIT_BYTES, NULL, NULL);
		if (modalias && g_pattern_match_simple(alias, g_strstrip(modalias)))
			g_ptr_array_add(found, g_strdup(name));
	}
	return found;
}

/* ---- staging ------------------------------------------------------------------------------------- */

static bool copy_file(const char *source, const char *file, const char *folder, GError **error)
{
	g_autofree char *from = g_build_filename(source, file, NULL);
	g_autofree char *to = g_build_filename(folder, file, NULL);
	g_autofree char *parent = g_path_get_dirname(to);
	const char *const argv[] = {"cp", "-rT", "--", from, to, NULL};
	const struct ksig_process_options options = {.timeout_ms = STAGE_TIMEOUT_MS};

	return ksig_directory_make(parent, error) && ksig_process_run(argv, &options, NULL, NULL, error);
}

static bool unpack(const char *source, const GPtrArray *paths, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	const struct ksig_process_options options = {.timeout_ms = STAGE_TIMEOUT_MS};

	g_ptr_array_add(argv, g_strdup("tar"));
	g_ptr_array_add(argv, g_strdup_printf("--directory=%s", folder));
	g_ptr_array_add(argv, g_strdup("--strip-components=1"));
	g_ptr_array_add(argv, g_strdup("--no-same-owner"));
	g_ptr_array_add(argv, g_strdup_printf("--file=%s", source));
	g_ptr_array_add(argv, g_strdup("--extract"));
	g_ptr_array_add(argv, g_strdup("--wildcards"));
	for (guint i = 0; i < paths->len; i++)
		g_ptr_array_add(argv, g_strdup_printf("*/%s", (const char *) g_ptr_array_index(paths, i)));
	g_ptr_array_add(argv, NULL);
	return ksig_process_run((const char *const *) argv->pdata, &options, NULL, NULL, error);
}

bool ksig_kmod_devices_stage(const char *source, const ksig_recipe *recipe, const char *folder,
			     GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new();

	g_ptr_array_add(paths, (char *) "include/linux/pci_ids.h");
	for (char **path = recipe->source_paths; *path; path++)
		g_ptr_array_add(paths, *path);
	if (!g_file_test(source, G_FILE_TEST_IS_DIR))
		return unpack(source, paths, folder, error);
	for (guint i = 0; i < paths->len; i++)
		if (!copy_file(source, g_ptr_array_index(paths, i), folder, error))
			return false;
	return true;
}
