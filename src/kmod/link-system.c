/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands below lib/modules: kernels, installed or left over, and the modules that were put beside
 * theirs. */
#include "kmod/link-system-internal.h"
#include "kmod/kernel-internal.h"
#include "rpm/rpm.h"

#include <string.h>

enum { FOLDER_DEPTH_MAX = 16, FILES_MAX = 1 << 16 };

static void free_file(gpointer data)
{
	struct link_file *file = data;

	g_free(file->top);
	g_free(file->path);
	g_free(file->unit);
	g_clear_pointer(&file->module, ksig_elf_module_free);
	g_free(file->problem);
	g_free(file);
}

static void free_kernel(gpointer data)
{
	struct link_kernel *kernel = data;

	g_free(kernel->release);
	g_ptr_array_unref(kernel->files);
	g_clear_pointer(&kernel->symbols, ksig_kmod_kernel_free);
	g_free(kernel->problem);
	g_free(kernel);
}

void link_system_clear(struct link_system *system)
{
	g_clear_pointer(&system->kernels, g_ptr_array_unref);
}

GPtrArray *link_list_folder(const char *path)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (folder && names->len < FILES_MAX && (name = g_dir_read_name(folder)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, ksig_by_string);
	return names;
}

bool link_is_module_name(const char *name)
{
	static const char *const suffixes[] = {".ko", ".ko.xz", ".ko.gz", ".ko.zst"};

	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (g_str_has_suffix(name, suffixes[i]))
			return true;
	return false;
}

char *link_resolve(const char *root, const char *folder, const char *target)
{
	g_autofree char *base = g_canonicalize_filename(root, NULL);
	g_autofree char *inside = g_canonicalize_filename(target, folder);

	return g_build_filename(base, inside, NULL);
}

/* ---- modules ------------------------------------------------------------------------------------- */

/* "acme" of "acme/drivers/acme.ko", and of "acme.ko.xz": dkms puts a module into extra/ itself. */
static char *unit_of(const char *path)
{
	const char *slash = strchr(path, '/'), *dot = strstr(path, ".ko");

	return slash ? g_strndup(path, (gsize) (slash - path)) : g_strndup(path, (gsize) (dot - path));
}

static void add_file(struct link_kernel *kernel, const char *full, const char *top, const char *path)
{
	struct link_file *file = g_new0(struct link_file, 1);
	g_autoptr(GError) reason = NULL;

	file->top = g_strdup(top);
	file->path = g_strdup(path);
	file->unit = unit_of(path);
	file->group = kernel->files->len;
	file->module = ksig_elf_module_read(full, &reason);
	if (!file->module)
		file->problem = g_strdup(reason->message);
	g_ptr_array_add(kernel->files, file);
}

static void read_modules(struct link_kernel *kernel, const char *folder, const char *top, const char *below,
			 int depth)
{
	g_autofree char *path = g_build_filename(folder, top, below, NULL);
	g_autoptr(GPtrArray) names = link_list_folder(path);

	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		g_autofree char *inner = *below ? g_build_filename(below, name, NULL) : g_strdup(name);
		g_autofree char *full = g_build_filename(path, name, NULL);
		if (g_file_test(full, G_FILE_TEST_IS_SYMLINK))
			continue;
		if (g_file_test(full, G_FILE_TEST_IS_DIR) && depth < FOLDER_DEPTH_MAX)
			read_modules(kernel, folder, top, inner, depth + 1);
		else if (link_is_module_name(name) && g_file_test(full, G_FILE_TEST_IS_REGULAR))
			add_file(kernel, full, top, inner);
	}
}

static bool belong_together(const struct link_file *a, const struct link_file *b)
{
	if (g_str_equal(a->unit, b->unit))
		return true;
	for (guint i = 0; a->module && b->module && i < a->module->depends->len; i++)
		if (g_str_equal(a->module->depends->pdata[i], b->module->name))
			return true;
	return false;
}

static void merge(GPtrArray *files, guint from, guint to)
{
	for (guint i = 0; i < files->len; i++) {
		struct link_file *file = g_ptr_array_index(files, i);
		file->group = file->group == from ? to : file->group;
	}
}

/* Modules of one package, and those that need one another, are linked together or not at all. */
static void group_modules(GPtrArray *files)
{
	for (guint i = 0; i < files->len; i++)
		for (guint k = 0; k < files->len; k++) {
			const struct link_file *a = files->pdata[i], *b = files->pdata[k];
			if (a->group != b->group && g_str_equal(a->top, b->top) && belong_together(a, b))
				merge(files, MAX(a->group, b->group), MIN(a->group, b->group));
		}
}

/* ---- kernels ------------------------------------------------------------------------------------- */

/* A kernel that was removed leaves its folder behind as long as a module for it is installed. */
static bool is_installed(const char *root, const char *folder, const char *release)
{
	static const char *const signs[] = {"vmlinuz",    "modules.order", "modules.builtin", "kernel",
					    "System.map", "symvers.gz",    "symvers.xz",      "symvers.zst"};
	static const char *const images[] = {"vmlinuz", "System.map"};

	for (size_t i = 0; i < G_N_ELEMENTS(signs); i++) {
		g_autofree char *path = g_build_filename(folder, signs[i], NULL);
		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return true;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(images); i++) {
		g_autofree char *path = g_strdup_printf("%s/boot/%s-%s", root, images[i], release);
		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return true;
	}
	return false;
}

/* Whether PLACE, a file or a kernel's folder, has a list of symbols, whatever is in it. */
static bool has_list(const char *place)
{
	static const char *const names[] = {"Module.symvers", "symvers.gz", "symvers.xz", "symvers.zst",
					    "symvers"};
	bool there = g_file_test(place, G_FILE_TEST_IS_REGULAR);

	for (size_t i = 0; !there && i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(place, names[i], NULL);
		there = g_file_test(path, G_FILE_TEST_EXISTS);
	}
	return there;
}

/*
 * What the kernel exports: beside its modules, in its build folder, or in /boot. NULL: it does not say, or
 * its list cannot be read: OUT_PROBLEM.
 */
static ksig_kmod_kernel *read_symbols(const char *root, const char *folder, const char *release,
				      char **out_problem)
{
	static const char *const packed[] = {"", ".gz", ".xz", ".zst"};
	g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(places, g_strdup(folder));
	g_ptr_array_add(places, g_build_filename(root, "usr", "src", "kernels", release, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(packed); i++)
		g_ptr_array_add(places, g_strdup_printf("%s/boot/symvers-%s%s", root, release, packed[i]));
	for (guint i = 0; i < places->len; i++) {
		g_autoptr(GError) reason = NULL;
		ksig_kmod_kernel *found = g_file_test(places->pdata[i], G_FILE_TEST_EXISTS)
						  ? ksig_kmod_kernel_read(places->pdata[i], NULL, &reason)
						  : NULL;
		if (found) {
			g_clear_pointer(out_problem, g_free);
			return found;
		}
		if (reason && !*out_problem && has_list(places->pdata[i]))
			*out_problem = g_strdup_printf("not judged: %s", reason->message);
	}
	return NULL;
}

static struct link_kernel *read_kernel(const struct link_system *system, const char *release)
{
	static const char *const tops[] = {"extra", "updates"};
	g_autofree char *folder = g_build_filename(system->root, "lib", "modules", release, NULL);
	struct link_kernel *kernel = g_new0(struct link_kernel, 1);

	kernel->release = g_strdup(release);
	kernel->installed = is_installed(system->root, folder, release);
	kernel->files = g_ptr_array_new_with_free_func(free_file);
	kernel->symbols = kernel->installed ? read_symbols(system->root, folder, release, &kernel->problem)
					    : NULL;
	if (!kernel->symbols && !kernel->problem)
		kernel->problem = g_strdup("not judged: the kernel has no list of symbols");
	for (size_t i = 0; i < G_N_ELEMENTS(tops); i++)
		read_modules(kernel, folder, tops[i], "", 0);
	group_modules(kernel->files);
	return kernel;
}

static gint by_release(gconstpointer a, gconstpointer b)
{
	const struct link_kernel *const *left = a, *const *right = b;

	return ksig_rpm_release_compare((*left)->release, (*right)->release);
}

bool link_system_read(struct link_system *system, GError **error)
{
	g_autofree char *folder = g_build_filename(system->root, "lib", "modules", NULL);

	if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no folder of modules", folder);
	g_autoptr(GPtrArray) names = link_list_folder(folder);
	system->kernels = g_ptr_array_new_with_free_func(free_kernel);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
		if (g_file_test(path, G_FILE_TEST_IS_DIR))
			g_ptr_array_add(system->kernels, read_kernel(system, names->pdata[i]));
	}
	g_ptr_array_sort(system->kernels, by_release);
	return true;
}

const struct link_kernel *link_kernel_find(const struct link_system *system, const char *release)
{
	for (guint i = 0; i < system->kernels->len; i++) {
		const struct link_kernel *kernel = g_ptr_array_index(system->kernels, i);
		if (g_str_equal(kernel->release, release))
			return kernel;
	}
	return NULL;
}

const struct link_file *link_file_find(const struct link_kernel *kernel, const char *top, const char *path)
{
	for (guint i = 0; kernel && i < kernel->files->len; i++) {
		const struct link_file *file = g_ptr_array_index(kernel->files, i);
		if ((!top || g_str_equal(file->top, top)) && g_str_equal(file->path, path))
			return file;
	}
	return NULL;
}
