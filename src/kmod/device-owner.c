/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which modules a .c file goes into, as far as the makefiles of its folder and of those above say it plainly.
 */
#include "kmod/device-owner-internal.h"
#include "kmod/device-preprocess-internal.h"
#include "kmod/devices-internal.h"

#include <string.h>

/* One of WORDS is OBJECT; NULL: any object. */
static bool has_object(char **words, const char *object)
{
	for (; *words; words++)
		if (object ? g_str_equal(*words, object) : g_str_has_suffix(*words, ".o"))
			return true;
	return false;
}

/* TEXT's lines "NAME-y += a.o b.o", those that a '\\' continues as one: NAME goes to OWNERS if OBJECT (NULL:
 * any) is among them. */
static void add_owners(const char *text, const char *object, GHashTable *owners)
{
	g_autoptr(GRegex)
		line = g_regex_new("^[ \\t]*([\\w-]+?)-(y|m|objs|\\$[({][^)}]*[)}])[ \\t]*[:+?]?=(.*)$",
				   G_REGEX_RAW | G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(line, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *name = g_match_info_fetch(match, 1), *list = g_match_info_fetch(match, 3);
		g_auto(GStrv) words = g_strsplit_set(list, " \t", -1);
		if (!has_object(words, object))
			continue;
		/* obj-m: a module of its own, called like the file */
		const bool is_module = object && g_str_equal(name, "obj");
		char *owner = is_module ? g_path_get_basename(object) : g_strdup(name);
		if (is_module)
			owner[strlen(owner) - strlen(".o")] = '\0';
		g_hash_table_add(owners, g_strdelimit(owner, "-", '_'));
	}
}

static void read_makefiles(const char *folder, const char *below, const char *object, GHashTable *owners)
{
	static const char *const names[] = {"Kbuild", "Makefile"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(folder, below, names[i], NULL);
		g_autofree char *text = ksig_file_read(path, DEVICE_FILE_LIMIT_BYTES, NULL, NULL);
		g_autofree char *joined = text ? device_without_splices(text) : NULL;
		if (joined)
			add_owners(joined, object, owners);
	}
}

static bool has_module(const ksig_recipe *recipe, GHashTable *owners)
{
	for (char **module = recipe->modules; *module; module++) {
		g_autofree char *name = g_strdelimit(g_strdup(*module), "-", '_');
		if (g_hash_table_contains(owners, name))
			return true;
	}
	return false;
}

/* Adds to OWNERS the modules that the makefiles of FILE's folder and of those above say FILE goes into. */
static void read_owners(const char *folder, const char *file, GHashTable *owners)
{
	g_autofree char *below = g_path_get_dirname(file);

	while (*below && !g_str_equal(below, ".")) {
		g_autofree char *object = g_strdup(file + strlen(below) + 1);
		object[strlen(object) - 1] = 'o';
		read_makefiles(folder, below, object, owners);
		char *up = g_path_get_dirname(below);
		g_free(below);
		below = up;
	}
}

bool device_is_of_another_module(const char *folder, const ksig_recipe *recipe, const char *file)
{
	g_autoptr(GHashTable) owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	read_owners(folder, file, owners);
	return g_hash_table_size(owners) > 0 && !has_module(recipe, owners);
}

bool device_is_not_compiled(const char *folder, const char *file)
{
	g_autoptr(GHashTable) owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *below = g_path_get_dirname(file);

	read_owners(folder, file, owners);
	if (g_hash_table_size(owners) > 0)
		return false;
	read_makefiles(folder, below, NULL, owners);
	return g_hash_table_size(owners) > 0;
}
