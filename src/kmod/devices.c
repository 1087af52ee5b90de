/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI devices of a driver from modules or source, with and without the vendor's configuration, compared;
 * those of this machine (sysfs); the files staged for it. Tables: device-*.c.
 */
#include "kmod/devices-internal.h"
#include "kmod/device-alias-internal.h"
#include "kmod/device-read-internal.h"
#include "kmod/device-source-internal.h"
#include "kmod/device-unit-internal.h"

#include <string.h>

enum { STAGE_TIMEOUT_MS = 30 * 60 * 1000, MODALIAS_LIMIT_BYTES = 4096 };

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

const char *ksig_kmod_device_how_name(enum ksig_device_how how)
{
	static const char *const names[] = {"driven",
					    "removed",
					    "left out by the configuration",
					    "disabled at run time",
					    "not there, or not understood",
					    "in a table that the module does not tell of",
					    "disabled for the kernel's own modules",
					    "driven in part, by a narrower row"};

	return names[how];
}

/* Moves to DEVICES those of MORE that it does not have. */
static void add_new(GPtrArray *devices, GPtrArray *more)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < devices->len; i++)
		g_hash_table_add(seen, ((struct ksig_device *) devices->pdata[i])->alias);
	while (more->len > 0) {
		struct ksig_device *device = g_ptr_array_steal_index(more, 0);
		if (g_hash_table_add(seen, device->alias))
			g_ptr_array_add(devices, device);
		else
			ksig_kmod_device_free(device);
	}
}

/* What two readings of a source do not understand, each line once. */
static void add_lines(GPtrArray *lines, const GPtrArray *more)
{
	for (guint i = 0; i < more->len; i++)
		if (!g_ptr_array_find_with_equal_func(lines, more->pdata[i], g_str_equal, NULL))
			g_ptr_array_add(lines, g_strdup(more->pdata[i]));
}

/* A reading of UNITS with SETTINGS, what it does not understand added to UNCLEAR. */
static GPtrArray *read_with(device_units *units, const char *settings, GPtrArray *unclear, GError **error)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	GPtrArray *devices = device_read(units, settings, lines, error);

	add_lines(unclear, lines);
	return devices;
}

/* Leaves in DEVICES what a module would tell of. */
static void leave_untold(GPtrArray *devices)
{
	for (guint i = devices->len; i > 0; i--)
		if (((struct ksig_device *) devices->pdata[i - 1])->how == KSIG_DEVICE_UNTOLD)
			g_ptr_array_remove_index(devices, i - 1);
}

GPtrArray *ksig_kmod_devices_of_source(const char *folder, const ksig_recipe *recipe, GPtrArray **out_unclear,
				       GError **error)
{
	g_autofree char *plain = device_settings(NULL, recipe, NULL),
			*every = device_settings_all(folder, recipe);
	g_autoptr(GPtrArray) unclear = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(device_units) units = device_units_open(folder, recipe, error);
	g_autoptr(GPtrArray) devices = units ? read_with(units, plain, unclear, error) : NULL;
	g_autoptr(GPtrArray) more = devices ? read_with(units, every, unclear, error) : NULL;

	if (!more)
		return NULL;
	add_new(devices, more);
	leave_untold(devices);
	device_read_others(units, unclear);
	if (out_unclear)
		*out_unclear = g_steal_pointer(&unclear);
	return g_steal_pointer(&devices);
}

/* "CONFIG_X=m" or "CONFIG_X=y" is a line of CONFIGURATION; OPTION: "CONFIG_X=m". */
static bool is_set(const char *configuration, const char *option)
{
	g_autofree char *name = g_strndup(option, strcspn(option, "="));
	g_autofree char *pattern = g_strdup_printf("^%s=[ym]\\s*$", name);

	return g_regex_match_simple(pattern, configuration, G_REGEX_RAW | G_REGEX_MULTILINE, 0);
}

/* The kernel of CONFIGURATION has none of the modules that RECIPE's options are for. */
static bool is_left_off(const char *configuration, const ksig_recipe *recipe)
{
	bool asked = false;

	for (guint i = 0; i < recipe->options->len; i++) {
		const struct ksig_recipe_option *option = g_ptr_array_index(recipe->options, i);
		if (!g_str_has_suffix(option->setting, "=m"))
			continue;
		asked = true;
		if (is_set(configuration, option->setting))
			return false;
	}
	return asked;
}

static void set_how(const GPtrArray *devices, enum ksig_device_how how)
{
	for (guint i = 0; i < devices->len; i++)
		((struct ksig_device *) devices->pdata[i])->how = how;
}

/* Adds to DEVICES, read with CONFIGURATION, the rows that are there and that it leaves out. */
static bool add_left_out(GPtrArray *devices, device_units *units, const ksig_recipe *recipe,
			 const char *configuration, GPtrArray *every, GPtrArray *unclear, GError **error)
{
	g_autofree char *settings = device_settings(NULL, recipe, NULL);
	g_autoptr(GPtrArray) plain = read_with(units, settings, unclear, error);

	if (!plain)
		return false;
	leave_untold(plain);
	leave_untold(every);
	set_how(plain, KSIG_DEVICE_CONFIGURED);
	set_how(every, KSIG_DEVICE_CONFIGURED);
	add_new(devices, plain);
	add_new(devices, every);
	if (is_left_off(configuration, recipe))
		set_how(devices, KSIG_DEVICE_CONFIGURED);
	return true;
}

/* Adds to UNDECIDED the aliases of DEVICES that a row of EVERY has, all options on, and none with all of them
 * off, or the other way round. */
static bool add_undecided(const GPtrArray *devices, device_units *units, const GPtrArray *every,
			  GPtrArray *unclear, GPtrArray *undecided, GError **error)
{
	g_autofree char *none = device_settings(NULL, NULL, NULL);
	g_autoptr(GPtrArray) off = read_with(units, none, unclear, error);
	const GPtrArray *const both[] = {devices, every};

	for (size_t k = 0; off && k < G_N_ELEMENTS(both); k++)
		for (guint i = 0; i < both[k]->len; i++) {
			const char *alias = ((struct ksig_device *) both[k]->pdata[i])->alias;
			if (device_is_covered(alias, every) != device_is_covered(alias, off) &&
			    !g_ptr_array_find_with_equal_func(undecided, alias, g_str_equal, NULL))
				g_ptr_array_add(undecided, g_strdup(alias));
		}
	return off != NULL;
}

GPtrArray *ksig_kmod_devices_of_vendor(const char *folder, const ksig_recipe *recipe,
				       const char *configuration, GPtrArray **out_unclear,
				       GPtrArray **out_undecided, GError **error)
{
	g_autofree char *settings = device_settings(configuration, configuration ? NULL : recipe, NULL);
	g_autofree char *on = device_settings_all(folder, recipe);
	g_autoptr(GPtrArray) unclear = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) undecided = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(device_units) units = device_units_open(folder, recipe, error);
	g_autoptr(GPtrArray) devices = units ? read_with(units, settings, unclear, error) : NULL;
	g_autoptr(GPtrArray) every = devices ? read_with(units, on, unclear, error) : NULL;

	if (!every ||
	    !(configuration ? add_left_out(devices, units, recipe, configuration, every, unclear, error)
			    : add_undecided(devices, units, every, unclear, undecided, error)))
		return NULL;
	device_read_others(units, unclear);
	*out_unclear = g_steal_pointer(&unclear);
	*out_undecided = g_steal_pointer(&undecided);
	return g_steal_pointer(&devices);
}

GPtrArray *ksig_kmod_devices_missing(const GPtrArray *devices, const GPtrArray *others)
{
	GPtrArray *missing = g_ptr_array_new();

	for (guint i = 0; i < devices->len; i++) {
		struct ksig_device *device = g_ptr_array_index(devices, i);
		const struct ksig_device *other = device_covering(device->alias, others);
		if (other && other->how == KSIG_DEVICE_DRIVEN)
			continue;
		device->how = other                                  ? other->how
			      : device_is_met(device->alias, others) ? KSIG_DEVICE_NARROWED
								     : KSIG_DEVICE_REMOVED;
		g_ptr_array_add(missing, device);
	}
	return missing;
}

/* A device of source is in one table; where a module's might stand is not known. */
static bool may_be_about(const char *line, const struct ksig_device *device)
{
	g_autofree char *row = g_strdup_printf(": %s: ", device->table),
			*whole = g_strdup_printf("(pci, %s)", device->table);

	return !g_str_has_prefix(line, device_other_buses) &&
	       (!device->table || strstr(line, row) || strstr(line, whole));
}

void ksig_kmod_devices_doubt(const GPtrArray *devices, const GPtrArray *unclear)
{
	for (guint i = 0; i < devices->len; i++) {
		struct ksig_device *device = g_ptr_array_index(devices, i);
		for (guint k = 0; k < unclear->len && device->how == KSIG_DEVICE_REMOVED; k++)
			if (may_be_about(g_ptr_array_index(unclear, k), device))
				device->how = KSIG_DEVICE_UNREAD;
	}
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

static const char *architecture(void)
{
#if defined(__aarch64__)
	return "aarch64";
#elif defined(__powerpc64__)
	return "ppc64le";
#elif defined(__s390x__)
	return "s390x";
#else
	return "x86_64";
#endif
}

/* EL's files: "kernel-x86_64-rhel.config", "kernel-5.14.0-x86_64.config", and no "-debug-", "-rt-", "-64k-".
 */
static bool is_configuration(const char *name)
{
	g_autofree char *pattern = g_strdup_printf(
		"^kernel-([0-9][0-9.]*-)?%s(-rhel|-redhat|-centos)?\\.config$", architecture());

	return g_regex_match_simple(pattern, name, G_REGEX_RAW, 0);
}

static char *find_configuration(const char *folder, int depth)
{
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (listing && (name = g_dir_read_name(listing)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, ksig_by_string);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
		if (is_configuration(names->pdata[i]))
			return g_steal_pointer(&path);
		char *inner = depth > 0 && g_file_test(path, G_FILE_TEST_IS_DIR)
				      ? find_configuration(path, depth - 1)
				      : NULL;
		if (inner)
			return inner;
	}
	return NULL;
}

char *ksig_kmod_devices_configuration(const char *folder, char **out_path)
{
	static const char *const usual[] = {".config", "include/config/auto.conf"};

	for (size_t i = 0; i < G_N_ELEMENTS(usual); i++) {
		g_autofree char *path = g_build_filename(folder, usual[i], NULL);
		char *text = ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL);
		if (text) {
			*out_path = g_steal_pointer(&path);
			return text;
		}
	}
	*out_path = find_configuration(folder, 1);
	return *out_path ? ksig_file_read(*out_path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL) : NULL;
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

/* AT_TOP: PATHS stand in the first folder alone, and not in folders below it. */
static bool unpack(const char *source, const GPtrArray *paths, bool at_top, const char *folder,
		   GError **error)
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
	g_ptr_array_add(argv, g_strdup(at_top ? "--no-wildcards-match-slash" : "--wildcards-match-slash"));
	for (guint i = 0; i < paths->len; i++)
		g_ptr_array_add(argv, g_strdup_printf("*/%s", (const char *) g_ptr_array_index(paths, i)));
	g_ptr_array_add(argv, NULL);
	return ksig_process_run((const char *const *) argv->pdata, &options, NULL, NULL, error);
}

bool ksig_kmod_devices_stage(const char *source, const ksig_recipe *recipe, const char *folder,
			     GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new();

	g_autoptr(GPtrArray) optional = g_ptr_array_new();
	const char *const may_lack[] = {"Makefile", "Makefile.rhelver", device_central_file};

	g_ptr_array_add(paths, (char *) "include/linux/pci_ids.h");
	for (size_t i = 0; i < G_N_ELEMENTS(may_lack); i++)
		g_ptr_array_add(optional, (char *) may_lack[i]);
	for (char **path = recipe->source_paths; *path; path++)
		g_ptr_array_add(paths, *path);
	if (!g_file_test(source, G_FILE_TEST_IS_DIR)) {
		unpack(source, optional, true, folder, NULL);
		return unpack(source, paths, false, folder, error);
	}
	for (guint i = 0; i < optional->len; i++) {
		g_autofree char *path = g_build_filename(source, optional->pdata[i], NULL);
		if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
			g_ptr_array_add(paths, optional->pdata[i]);
	}
	for (guint i = 0; i < paths->len; i++)
		if (!copy_file(source, g_ptr_array_index(paths, i), folder, error))
			return false;
	return true;
}
