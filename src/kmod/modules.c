/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules wherever they stand: files, folders, packages. */
#include "kmod/modules-internal.h"
#include "kmod/parts-internal.h"

#include <string.h>

enum { FOLDER_DEPTH_MAX = 16 };

struct reading {
	const char *const *names;
	GPtrArray *modules;
};

static bool is_package(const char *name)
{
	return (g_str_has_suffix(name, ".rpm") && !g_str_has_suffix(name, ".src.rpm")) ||
	       g_str_has_suffix(name, ".deb");
}

char *ksig_kmod_module_of_file(const char *path)
{
	static const char *const suffixes[] = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"};
	g_autofree char *name = g_path_get_basename(path);

	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (g_str_has_suffix(name, suffixes[i])) {
			name[strlen(name) - strlen(suffixes[i])] = '\0';
			return g_strdelimit(g_steal_pointer(&name), "-", '_');
		}
	return NULL;
}

bool ksig_kmod_is_same_module(const char *one, const char *two)
{
	g_autofree char *left = g_strdelimit(g_strdup(one), "-", '_'),
			*right = g_strdelimit(g_strdup(two), "-", '_');

	return g_str_equal(left, right);
}

bool ksig_kmod_is_module_file(const char *path)
{
	g_autofree char *module = ksig_kmod_module_of_file(path);

	return module != NULL;
}

static bool is_wanted(const char *path, void *data)
{
	const struct reading *reading = data;
	g_autofree char *module = ksig_kmod_module_of_file(path);
	bool found = module && !reading->names;

	for (const char *const *name = reading->names; module && name && *name && !found; name++)
		found = ksig_kmod_is_same_module(*name, module);
	return found;
}

static bool take(const char *name, GBytes *content, void *data, GError **error)
{
	const struct reading *reading = data;
	ksig_module *module = ksig_elf_module_unpack(name, content, error);

	if (module)
		g_ptr_array_add(reading->modules, module);
	return module != NULL;
}

static bool read_file(struct reading *reading, const char *path, GError **error)
{
	if (is_package(path)) {
		if (ksig_kmod_package_visit(path, is_wanted, take, reading, error))
			return true;
		g_prefix_error(error, "%s: ", path);
		return false;
	}
	ksig_module *module = ksig_elf_module_read(path, error);
	if (module)
		g_ptr_array_add(reading->modules, module);
	return module != NULL;
}

static bool read_folder(struct reading *reading, const char *path, int depth, GError **error)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	/* Hidden ones are work at hand: a build's folder, a download's. */
	while (folder && (name = g_dir_read_name(folder)))
		if (name[0] != '.')
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, ksig_by_string);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *inner = g_build_filename(path, names->pdata[i], NULL);
		const bool is_folder = g_file_test(inner, G_FILE_TEST_IS_DIR);
		if (is_folder && depth < FOLDER_DEPTH_MAX && !g_file_test(inner, G_FILE_TEST_IS_SYMLINK)) {
			if (!read_folder(reading, inner, depth + 1, error))
				return false;
		} else if (!is_folder && (is_package(inner) || is_wanted(inner, reading))) {
			if (!read_file(reading, inner, error))
				return false;
		}
	}
	return true;
}

bool ksig_kmod_modules_read(const char *path, const char *const *names, GPtrArray *modules, GError **error)
{
	struct reading reading = {.names = names, .modules = modules};

	return g_file_test(path, G_FILE_TEST_IS_DIR) ? read_folder(&reading, path, 0, error)
						     : read_file(&reading, path, error);
}

char *ksig_kmod_module_release(const ksig_module *module)
{
	return module->vermagic ? g_strndup(module->vermagic, strcspn(module->vermagic, " ")) : NULL;
}
