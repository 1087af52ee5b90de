/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of devices in a .tsv file (driver, alias, name) as one side of ksig kmod devices. */
#include "kmod/devices.h"

#include <string.h>

enum { LIST_LIMIT_BYTES = 1 << 20 };

/* "DRIVER<tab>ALIAS<tab>NAME"; a line of another driver gives nothing. */
static bool add_line(GPtrArray *devices, const char *line, const ksig_recipe *recipe, const char *place,
		     GError **error)
{
	g_auto(GStrv) words = g_strsplit(line, "\t", -1);

	if (g_strv_length(words) != 3 || !g_str_has_prefix(words[1], "pci:"))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: a driver, pci:… and a name expected, by tabs", place);
	if (!g_strv_contains((const char *const *) recipe->modules, words[0]))
		return true;
	struct ksig_device *device = g_new0(struct ksig_device, 1);
	device->alias = g_strdup(words[1]);
	device->place = g_strdup(place);
	device->entry = g_strdup(words[2]);
	g_ptr_array_add(devices, device);
	return true;
}

GPtrArray *ksig_kmod_devices_of_list(const char *path, const ksig_recipe *recipe, GError **error)
{
	g_autofree char *text = ksig_file_read(path, LIST_LIMIT_BYTES, NULL, error);
	g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_device_free);
	g_auto(GStrv) lines = text ? g_strsplit(text, "\n", -1) : NULL;

	for (guint i = 0; lines && lines[i]; i++) {
		g_autofree char *place = g_strdup_printf("%s:%u", path, i + 1);
		if (*lines[i] && *lines[i] != '#' && !add_line(devices, lines[i], recipe, place, error))
			return NULL;
	}
	if (lines && devices->len == 0)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no device of %s in it", path, recipe->name);
	return lines && devices->len > 0 ? g_steal_pointer(&devices) : NULL;
}
