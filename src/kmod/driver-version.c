/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The version that a driver's source gives itself, by which ELRepo and makers call its packages. The
 * preprocessor expands what MODULE_VERSION() is given; nothing is compiled.
 */
#include "kmod/driver-version-internal.h"
#include "kmod/device-owner-internal.h"
#include "kmod/device-source-internal.h"
#include "kmod/device-unit-internal.h"

#include <string.h>

enum { VERSION_CHARS_MAX = 64 };

static const char words[] = "#define MODULE 1\n"
			    "#define __KERNEL__ 1\n"
			    "#define __stringify_1(x...) #x\n"
			    "#define __stringify(x...) __stringify_1(x)\n";

/* "0:14.2-k" without its epoch, and without what RPM's versions do not take. NULL: nothing is left. */
static char *plain(const char *version)
{
	const char *colon = strrchr(version, ':');
	char *kept = g_strdup(colon ? colon + 1 : version);

	g_strcanon(g_strstrip(kept), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._+", '_');
	if (g_ascii_isalnum(*kept) && strlen(kept) <= VERSION_CHARS_MAX)
		return kept;
	g_free(kept);
	return NULL;
}

/* The version that TEXT, an expanded file, gives: string literals, one behind the other. */
static char *version_in(const char *text)
{
	g_autoptr(GRegex) call = g_regex_new("\\bMODULE_VERSION\\s*\\(\\s*((?:\"[^\"\\\\]*\"\\s*)+)\\)",
					     G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	g_autoptr(GString) version = g_string_new(NULL);

	if (!g_regex_match(call, text, 0, &match))
		return NULL;
	g_autofree char *literals = g_match_info_fetch(match, 1);
	g_auto(GStrv) parts = g_strsplit(literals, "\"", -1);
	for (guint i = 1; i < g_strv_length(parts); i += 2)
		g_string_append(version, parts[i]);
	return plain(version->str);
}

/* The .c files that say a version and may be of the recipe's first module. */
static GPtrArray *candidates(const ksig_recipe *recipe, const char *folder)
{
	g_autoptr(GPtrArray) sources = device_sources(folder, recipe);
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
	char *first[] = {recipe->modules[0], NULL};
	ksig_recipe alone = *recipe;

	alone.modules = first;
	for (guint i = 0; i < sources->len; i++) {
		const char *file = g_ptr_array_index(sources, i);
		g_autofree char *path = g_build_filename(folder, file, NULL);
		g_autofree char *text = g_str_has_suffix(file, ".c")
						? ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL)
						: NULL;
		if (text && strstr(text, "MODULE_VERSION") &&
		    !device_is_of_another_module(folder, &alone, file))
			g_ptr_array_add(found, g_strdup(file));
	}
	return found;
}

char *ksig_kmod_driver_version(const ksig_recipe *recipe, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) files = candidates(recipe, folder);
	g_autoptr(device_units) units = files->len > 0 ? device_units_open(folder, recipe, error) : NULL;
	char *version = NULL;

	for (guint i = 0; units && !version && i < files->len; i++) {
		g_autoptr(GString) text = device_units_expand(units, files->pdata[i], words, error);
		if (!text)
			return NULL;
		version = version_in(text->str);
	}
	return version;
}
