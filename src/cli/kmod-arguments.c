/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of kmod take: modules and kernels. */
#include "cli/cmd-kmod.h"

GPtrArray *ksig_command_kmod_modules(int argc, char **argv, GError **error)
{
	g_autoptr(GPtrArray) modules = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);

	for (int i = 1; i < argc; i++)
		if (!ksig_kmod_modules_read(argv[i], NULL, modules, error))
			return NULL;
	if (modules->len == 0) {
		ksig_error_set(error, KSIG_ERROR_USAGE,
			       "modules expected: files, packages or folders of them");
		return NULL;
	}
	return g_steal_pointer(&modules);
}

ksig_catalog *ksig_command_kmod_catalog(const char *workspace, GError **error)
{
	g_autoptr(GError) reason = NULL;
	ksig_catalog *catalog = ksig_catalog_open(workspace, false, &reason);

	if (!catalog && g_error_matches(reason, KSIG_ERROR, KSIG_ERROR_NEGATIVE))
		ksig_error_set(error, KSIG_ERROR_NEGATIVE,
			       "%s: no kernels here: 'ksig kmod kernels' adds those of packages and folders",
			       workspace);
	else if (!catalog)
		g_propagate_error(error, g_steal_pointer(&reason));
	return catalog;
}

static bool add_stored(GPtrArray *kernels, const char *workspace, const char *label, ksig_catalog **catalog,
		       GError **error)
{
	const char *const labels[] = {label, NULL};

	if (!*catalog && !(*catalog = ksig_command_kmod_catalog(workspace, error))) {
		if (label)
			g_prefix_error(error, "%s: no file, and in ", label);
		return false;
	}
	g_autoptr(GPtrArray) found = ksig_kmod_kernels_open(*catalog, label ? labels : NULL, error);
	if (!found)
		return false;
	g_ptr_array_extend_and_steal(kernels, g_steal_pointer(&found));
	return true;
}

GPtrArray *ksig_command_kmod_kernels_read(const char *path, const char *stable, GError **error)
{
	g_autoptr(GPtrArray) skipped = g_ptr_array_new_with_free_func(g_free);
	GPtrArray *kernels = ksig_kmod_kernels_read(path, stable, skipped, error);

	for (guint i = 0; i < skipped->len; i++)
		ksig_print(stderr, "skipped: %s\n", (const char *) g_ptr_array_index(skipped, i));
	return kernels;
}

GPtrArray *ksig_command_kmod_kernels_named(const char *workspace, char **names, ksig_catalog **out_catalog,
					   GError **error)
{
	g_autoptr(GPtrArray) kernels = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_kernel_free);
	bool good = names && *names ? true : add_stored(kernels, workspace, NULL, out_catalog, error);

	for (char **name = names; good && name && *name; name++) {
		if (!g_file_test(*name, G_FILE_TEST_EXISTS)) {
			good = add_stored(kernels, workspace, *name, out_catalog, error);
			continue;
		}
		g_autoptr(GPtrArray) found = ksig_command_kmod_kernels_read(*name, NULL, error);
		good = found != NULL;
		if (found)
			g_ptr_array_extend_and_steal(kernels, g_steal_pointer(&found));
	}
	return good ? g_steal_pointer(&kernels) : NULL;
}
