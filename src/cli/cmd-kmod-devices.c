/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksig kmod devices: PCI devices that the vendor's driver lacks or adds against upstream's, which of them
 * this machine has, and --patch. Each side is a source, modules or a .tsv list.
 */
#include "cli/cmd-kmod.h"
#include "kmod/devices.h"

#include <string.h>

static char *upstream_path, *vendor_path, *patch_path, *sysfs, *configuration_path, *format_name;
static gboolean exit_code;

static const GOptionEntry entries[] = {
	{"upstream", 0, 0, G_OPTION_ARG_FILENAME, &upstream_path,
	 "upstream's driver: a kernel's source, modules, a package; or a list of devices, .tsv", "FILE|DIR"},
	{"vendor", 0, 0, G_OPTION_ARG_FILENAME, &vendor_path, "the vendor's, likewise", "FILE|DIR"},
	{"config", 0, 0, G_OPTION_ARG_FILENAME, &configuration_path,
	 "the vendor's configuration (.config, or the package that has it), which decides rows under "
	 "conditions",
	 "FILE"},
	{"patch", 'p', 0, G_OPTION_ARG_FILENAME, &patch_path,
	 "write the patch that restores the devices (both have to be sources)", "FILE"},
	{"sysfs", 0, 0, G_OPTION_ARG_FILENAME, &sysfs, "the machine's sysfs (/sys)", "DIR"},
	{"exit-code", 0, 0, G_OPTION_ARG_NONE, &exit_code, "exit status 1 if the vendor dropped devices",
	 NULL},
	{"format", 'f', 0, G_OPTION_ARG_STRING, &format_name, "text, json or tsv", "FORMAT"},
	{NULL},
};

static const struct ksig_column columns[] = {{"device", 0}, {"change", 0}, {"how", 0},
					     {"place", 0},  {"here", 0},   {"entry", KSIG_COLUMN_WIDE}};

/* A driver's devices, and its source if it came as one. */
struct side {
	ksig_scratch *folder; /* NULL: it came as modules */
	GPtrArray *devices;
	GPtrArray *unclear;  /* char *, of its source */
	char *configuration; /* of the vendor's kernel; NULL: unknown */
	bool is_list;        /* of some devices; what is not in it is not known */
};

static bool is_source(const char *path, const ksig_recipe *recipe)
{
	g_autofree char *first = *recipe->source_paths ? g_build_filename(path, *recipe->source_paths, NULL)
						       : NULL;

	return first && (strstr(path, ".tar") || g_file_test(first, G_FILE_TEST_EXISTS));
}

/* The vendor's configuration: the one given, or the one that its folder holds, which is said. */
static bool read_configuration(struct side *side, const char *path, GError **error)
{
	g_autofree char *found = NULL;

	if (configuration_path) {
		side->configuration = ksig_kmod_configuration_read(configuration_path, error);
		return side->configuration != NULL;
	}
	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		side->configuration = ksig_kmod_devices_configuration(path, &found);
	if (side->configuration)
		ksig_print(stderr, "configuration: %s\n", found);
	return true;
}

static bool read_vendor(struct side *side, const char *path, const ksig_recipe *recipe, GError **error)
{
	g_autoptr(GPtrArray) undecided = NULL;

	if (!read_configuration(side, path, error))
		return false;
	side->devices = ksig_kmod_devices_of_vendor(side->folder, recipe, side->configuration, &side->unclear,
						    &undecided, error);
	if (side->devices && undecided->len > 0)
		ksig_print(stderr,
			   "not judged: %u devices depend on the vendor's configuration (--config), such as "
			   "%s\n",
			   undecided->len, (char *) g_ptr_array_index(undecided, 0));
	return side->devices != NULL;
}

static bool read_source(struct side *side, const char *path, bool is_vendor, const ksig_recipe *recipe,
			GError **error)
{
	side->folder = ksig_directory_temporary(NULL, "ksig-devices", error);
	if (!side->folder || !ksig_kmod_devices_stage(path, recipe, side->folder, error))
		return false;
	if (is_vendor && !read_vendor(side, path, recipe, error))
		return false;
	if (!is_vendor)
		side->devices = ksig_kmod_devices_of_source(side->folder, recipe, &side->unclear, error);
	for (guint i = 0; side->devices && i < side->unclear->len; i++)
		ksig_print(stderr, "%s: not understood: %s\n", is_vendor ? "vendor" : "upstream",
			   (const char *) g_ptr_array_index(side->unclear, i));
	return side->devices != NULL;
}

static bool read_side(struct side *side, const char *path, bool is_vendor, const ksig_recipe *recipe,
		      GError **error)
{
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);

	if (g_str_has_suffix(path, ".tsv")) {
		side->devices = ksig_kmod_devices_of_list(path, recipe, error);
		side->is_list = true;
		return side->devices != NULL;
	}
	if (!is_source(path, recipe)) {
		if (!ksig_kmod_modules_read(path, (const char *const *) recipe->modules, modules, error))
			return false;
		side->devices = ksig_kmod_devices_of_modules(modules);
		if (is_vendor && configuration_path)
			return ksig_error_set(
				error, KSIG_ERROR_USAGE,
				"--config: %s is modules, whose tables are as they were configured", path);
		return modules->len > 0 || ksig_error_set(error, KSIG_ERROR_INPUT,
							  "%s: no module of %s in it", path, recipe->name);
	}
	return read_source(side, path, is_vendor, recipe, error);
}

static void clear_side(struct side *side)
{
	g_clear_pointer(&side->folder, ksig_scratch_free);
	g_clear_pointer(&side->devices, g_ptr_array_unref);
	g_clear_pointer(&side->unclear, g_ptr_array_unref);
	g_clear_pointer(&side->configuration, g_free);
}

static void add_rows(ksig_table *table, const GPtrArray *devices, const char *change)
{
	for (guint i = 0; i < devices->len; i++) {
		const struct ksig_device *device = g_ptr_array_index(devices, i);
		g_autoptr(GPtrArray) here = ksig_kmod_devices_here(sysfs ? sysfs : "/sys", device->alias);
		g_ptr_array_add(here, NULL);
		g_autofree char *addresses = g_strjoinv(" ", (char **) here->pdata);
		const char *const cells[] = {device->alias, change,    ksig_kmod_device_how_name(device->how),
					     device->place, addresses, device->entry};
		ksig_table_add(table, cells);
	}
}

static bool write_patch(const struct side *upstream, const struct side *vendor, const ksig_recipe *recipe,
			GError **error)
{
	g_autoptr(GPtrArray) failed = NULL;
	g_autoptr(GError) reason = NULL;
	g_autofree char *release = ksig_kmod_devices_release(vendor_path);
	g_autofree char *patch = ksig_kmod_devices_patch(upstream->folder, vendor->folder, recipe,
							 vendor->configuration, release, &failed, &reason);

	if (reason) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	for (guint i = 0; i < failed->len; i++)
		ksig_print(stderr, "not restored: %s\n", (const char *) g_ptr_array_index(failed, i));
	return ksig_file_write(patch_path, patch ? patch : "", -1, 0644, error);
}

static int compare(const struct side *upstream, const struct side *vendor, const ksig_recipe *recipe,
		   enum ksig_format format, GError **error)
{
	g_autoptr(ksig_table) table = ksig_table_new(columns, G_N_ELEMENTS(columns));
	g_autoptr(GPtrArray) dropped = ksig_kmod_devices_missing(upstream->devices, vendor->devices);
	g_autoptr(GPtrArray) driven = g_ptr_array_new();
	for (guint i = 0; i < vendor->devices->len; i++)
		if (((struct ksig_device *) vendor->devices->pdata[i])->how == KSIG_DEVICE_DRIVEN)
			g_ptr_array_add(driven, vendor->devices->pdata[i]);
	g_autoptr(GPtrArray) added = ksig_kmod_devices_missing(driven, upstream->devices);
	for (guint i = 0; i < added->len; i++)
		((struct ksig_device *) added->pdata[i])->how = KSIG_DEVICE_DRIVEN;

	if (vendor->unclear)
		ksig_kmod_devices_doubt(dropped, vendor->unclear);
	if (patch_path && (!upstream->folder || !vendor->folder)) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "--patch: both drivers have to be given as sources");
		return KSIG_ERROR_USAGE;
	}
	add_rows(table, dropped, "dropped");
	if (!upstream->is_list)
		add_rows(table, added, "added");
	ksig_table_print(table, format, stdout);
	if (patch_path && !write_patch(upstream, vendor, recipe, error))
		return KSIG_ERROR_INPUT;
	return exit_code && dropped->len > 0 ? KSIG_ERROR_NEGATIVE : 0;
}

int ksig_command_kmod_devices(struct ksig_context *context, int argc, char **argv, GError **error)
{
	enum ksig_format format = KSIG_FORMAT_TEXT;
	struct side upstream = {0}, vendor = {0};
	int status = KSIG_ERROR_INPUT;

	(void) context;
	if (!ksig_command_parse(
		    &argc, &argv, entries, "--upstream FILE|DIR --vendor FILE|DIR RECIPE",
		    "Lists the PCI devices that the vendor took out of a driver, with those of this "
		    "machine that are\n"
		    "affected, and writes the patch that puts them back.",
		    error) ||
	    (format_name && !ksig_format_parse(format_name, &format, error)))
		return KSIG_ERROR_USAGE;
	if (argc != 2 || !upstream_path || !vendor_path) {
		ksig_error_set(error, KSIG_ERROR_USAGE, "a recipe, --upstream and --vendor expected");
		return KSIG_ERROR_USAGE;
	}
	g_autoptr(ksig_recipe) recipe = ksig_kmod_recipe_find(argv[1], error);
	if (recipe && read_side(&upstream, upstream_path, false, recipe, error) &&
	    read_side(&vendor, vendor_path, true, recipe, error))
		status = compare(&upstream, &vendor, recipe, format, error);
	clear_side(&upstream);
	clear_side(&vendor);
	return status;
}
