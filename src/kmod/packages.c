/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels as mirrors have them: folders of packages, and a package of headers as a build folder. */
#include "kmod/build.h"
#include "kmod/kmod.h"
#include "rpm/rpm.h"

enum { FOLDER_DEPTH_MAX = 8 };
static const char kernels_folder[] = "usr/src/kernels";

static bool is_package(const char *name)
{
	return (g_str_has_suffix(name, ".rpm") && !g_str_has_suffix(name, ".src.rpm")) ||
	       g_str_has_suffix(name, ".deb");
}

static void add_packages(GPtrArray *packages, const char *folder, int depth)
{
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	const char *name;

	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (name[0] == '.')
			continue;
		if (!g_file_test(path, G_FILE_TEST_IS_DIR) && is_package(name))
			g_ptr_array_add(packages, g_steal_pointer(&path));
		else if (depth < FOLDER_DEPTH_MAX && g_file_test(path, G_FILE_TEST_IS_DIR) &&
			 !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
			add_packages(packages, path, depth + 1);
	}
}

GPtrArray *ksig_kmod_packages_below(const char *folder)
{
	GPtrArray *packages = g_ptr_array_new_with_free_func(g_free);

	add_packages(packages, folder, 0);
	g_ptr_array_sort(packages, ksig_by_string);
	return packages;
}

char *ksig_kmod_headers_unpack(const char *package, const char *folder, GError **error)
{
	g_autofree char *kernels = g_build_filename(folder, kernels_folder, NULL);
	const char *name;

	if (!ksig_rpm_package_unpack(package, folder, error))
		return NULL;
	g_autoptr(GDir) listing = g_dir_open(kernels, 0, NULL);
	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(kernels, name, NULL);
		g_autofree char *makefile = g_build_filename(path, "Makefile", NULL);
		if (g_file_test(makefile, G_FILE_TEST_EXISTS))
			return g_steal_pointer(&path);
	}
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no kernel's build folder in it (%s)", package,
		       kernels_folder);
	return NULL;
}
