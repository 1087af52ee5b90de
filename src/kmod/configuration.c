/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel's configuration as people have it: a file, compressed or not, or the package that has it. */
#include "kmod/devices.h"
#include "kmod/parts-internal.h"

#include <string.h>

static bool want_configuration(const char *name, void *data)
{
	GBytes **content = data;

	return !*content &&
	       g_regex_match_simple(
		       "(^|/)(lib/modules/[^/]+/config|boot/config-[^/]+|include/config/auto\\.conf)$", name,
		       G_REGEX_RAW, 0);
}

static bool take_configuration(const char *name, GBytes *content, void *data, GError **error)
{
	(void) name;
	(void) error;
	*(GBytes **) data = g_bytes_ref(content);
	return true;
}

static GBytes *read_package(const char *path, GError **error)
{
	GBytes *content = NULL;

	if (!ksig_kmod_package_visit(path, want_configuration, take_configuration, &content, error)) {
		g_clear_pointer(&content, g_bytes_unref);
		return NULL;
	}
	if (!content)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no kernel's configuration in it", path);
	return content;
}

char *ksig_kmod_configuration_read(const char *path, GError **error)
{
	const bool is_package = g_str_has_suffix(path, ".rpm") || g_str_has_suffix(path, ".deb");
	g_autoptr(GBytes) content = is_package ? read_package(path, error)
					       : ksig_elf_unpack_file(path, 0, error);

	if (!content)
		return NULL;
	g_autofree char *text = g_strndup(g_bytes_get_data(content, NULL), g_bytes_get_size(content));
	if (g_regex_match_simple("^(# )?CONFIG_\\w+(=| is not set)", text, G_REGEX_MULTILINE | G_REGEX_RAW,
				 0))
		return g_steal_pointer(&text);
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a kernel's configuration: no CONFIG_ line in it",
		       path);
	return NULL;
}
