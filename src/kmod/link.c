/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kmod/link.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* The modules of one package for one kernel: lib/modules/KERNEL/extra/NAME. */
struct group {
	char *name, *kernel;
	GPtrArray *files;   /* char *, names */
	GPtrArray *modules; /* of ksig_module, beside files */
};

struct system {
	const char *root;
	GPtrArray *kernels; /* char *, names of folders of lib/modules, oldest first */
	GPtrArray *groups;  /* of struct group */
	GPtrArray *links;   /* the result */
};

static void free_group(gpointer data)
{
	struct group *group = data;

	g_free(group->name);
	g_free(group->kernel);
	g_ptr_array_unref(group->files);
	g_ptr_array_unref(group->modules);
	g_free(group);
}

void ksig_kmod_link_free(struct ksig_kmod_link *link)
{
	if (!link)
		return;
	g_free(link->kernel);
	g_free(link->path);
	g_free(link->target);
	g_free(link->reason);
	g_free(link);
}

const char *ksig_kmod_link_action_name(enum ksig_kmod_link_action action)
{
	static const char *const names[] = {"keep", "add", "remove"};

	return names[action];
}

static char *in_root(const struct system *system, const char *kernel, const char *path)
{
	return g_build_filename(system->root, "lib", "modules", kernel, path, NULL);
}

static bool exists(const struct system *system, const char *kernel, const char *path)
{
	g_autofree char *full = in_root(system, kernel, path);

	return g_file_test(full, G_FILE_TEST_EXISTS);
}

/* A kernel that was removed leaves its folder behind as long as a module for it is installed. */
static bool is_installed(const struct system *system, const char *kernel)
{
	static const char *const signs[] = {"vmlinuz", "modules.order", "modules.builtin", "kernel"};

	for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
		if (exists(system, kernel, signs[i]))
			return true;
	return false;
}

static gint by_version(gconstpointer a, gconstpointer b)
{
	return strverscmp(*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *list_folder(const char *path)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while (folder && (name = g_dir_read_name(folder)))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, by_version);
	return names;
}

static bool read_group(struct system *system, const char *kernel, const char *name, GError **error)
{
	g_autofree char *below = g_build_filename("extra", name, NULL);
	g_autofree char *folder = in_root(system, kernel, below);
	g_autoptr(GPtrArray) files = list_folder(folder);
	struct group *group = g_new0(struct group, 1);

	group->name = g_strdup(name);
	group->kernel = g_strdup(kernel);
	group->files = g_ptr_array_new_with_free_func(g_free);
	group->modules = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_elf_module_free);
	g_ptr_array_add(system->groups, group);
	for (guint i = 0; i < files->len; i++) {
		g_autofree char *path = g_build_filename(folder, files->pdata[i], NULL);
		if (!strstr(files->pdata[i], ".ko") || !g_file_test(path, G_FILE_TEST_IS_REGULAR))
			continue;
		ksig_module *module = ksig_elf_module_read(path, error);
		if (!module)
			return false;
		g_ptr_array_add(group->files, g_strdup(files->pdata[i]));
		g_ptr_array_add(group->modules, module);
	}
	return true;
}

static bool read_groups(struct system *system, GError **error)
{
	for (guint i = 0; i < system->kernels->len; i++) {
		const char *kernel = g_ptr_array_index(system->kernels, i);
		g_autofree char *extra = in_root(system, kernel, "extra");
		g_autoptr(GPtrArray) names = list_folder(extra);
		for (guint k = 0; k < names->len; k++)
			if (!read_group(system, kernel, g_ptr_array_index(names, k), error))
				return false;
	}
	return true;
}

/* What KERNEL exports: beside its modules, or in its build folder. NULL: it does not say. */
static ksig_kmod_kernel *read_kernel(const struct system *system, const char *kernel)
{
	g_autofree char *folder = in_root(system, kernel, "");
	g_autofree char *build = g_build_filename(system->root, "usr", "src", "kernels", kernel, NULL);
	g_autofree char *packed = g_strdup_printf("%s/boot/symvers-%s.gz", system->root, kernel);
	const char *const places[] = {folder, build, packed};

	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		ksig_kmod_kernel *found = g_file_test(places[i], G_FILE_TEST_EXISTS)
						  ? ksig_kmod_kernel_read(places[i], NULL, NULL)
						  : NULL;
		if (found)
			return found;
	}
	return NULL;
}

static bool all_load(const struct group *group, const ksig_kmod_kernel *kernel)
{
	g_autoptr(GPtrArray) results = ksig_kmod_check(group->modules, kernel, false);

	for (guint i = 0; i < results->len; i++)
		if (((const ksig_kmod_result *) results->pdata[i])->verdict == KSIG_KMOD_REFUSES)
			return false;
	return results->len > 0;
}

/*
 * The build of NAME for KERNEL: of those that it would load, the newest one for an older kernel; one for a
 * newer kernel only if there is no other. NULL: none, or KERNEL has its own.
 */
static const struct group *choose(const struct system *system, const char *name, const char *kernel,
				  const ksig_kmod_kernel *symbols)
{
	const struct group *older = NULL, *newer = NULL;

	for (guint i = 0; i < system->groups->len; i++) {
		const struct group *group = g_ptr_array_index(system->groups, i);
		if (!g_str_equal(group->name, name) || group->files->len == 0)
			continue;
		const int order = strverscmp(group->kernel, kernel);
		if (order == 0)
			return NULL;
		if (!symbols || !all_load(group, symbols))
			continue;
		if (order < 0)
			older = group;
		else if (!newer)
			newer = group;
	}
	return older ? older : newer;
}

static struct ksig_kmod_link *add_link(struct system *system, enum ksig_kmod_link_action action,
				       const char *kernel, const char *path, const char *target,
				       const char *reason)
{
	struct ksig_kmod_link *link = g_new0(struct ksig_kmod_link, 1);

	link->action = action;
	link->kernel = g_strdup(kernel);
	link->path = g_strdup(path);
	link->target = g_strdup(target);
	link->reason = g_strdup(reason);
	g_ptr_array_add(system->links, link);
	return link;
}

static void want_group(struct system *system, const char *kernel, const struct group *group,
		       GHashTable *wanted)
{
	g_autofree char *reason = g_strdup_printf("built for %s, and all symbols are the same",
						  group->kernel);

	for (guint i = 0; i < group->files->len; i++) {
		const char *file = g_ptr_array_index(group->files, i);
		char *path = g_build_filename("weak-updates", group->name, file, NULL);
		/* Relative: it holds inside the root and from outside of it. weak-modules' are absolute. */
		g_autofree char *target = g_strdup_printf("../../../%s/extra/%s/%s", group->kernel,
							  group->name, file);
		g_autofree char *absolute = g_strdup_printf("/lib/modules/%s/extra/%s/%s", group->kernel,
							    group->name, file);
		g_autofree char *full = in_root(system, kernel, path);
		g_autofree char *present = g_file_read_link(full, NULL);
		const bool same = present && (g_str_equal(present, target) || g_str_equal(present, absolute));
		add_link(system, same ? KSIG_KMOD_LINK_KEEP : KSIG_KMOD_LINK_ADD, kernel, path, target,
			 reason);
		g_hash_table_add(wanted, path);
	}
}

/* Links below weak-updates that nothing wants any more. Files that are not links are not ours. */
static void find_stale(struct system *system, const char *kernel, const char *below, GHashTable *wanted)
{
	g_autofree char *folder = in_root(system, kernel, below);
	g_autoptr(GPtrArray) names = list_folder(folder);

	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(below, names->pdata[i], NULL);
		g_autofree char *full = in_root(system, kernel, path);
		g_autofree char *target = g_file_read_link(full, NULL);
		if (!target && g_file_test(full, G_FILE_TEST_IS_DIR)) {
			find_stale(system, kernel, path, wanted);
			continue;
		}
		if (!target || g_hash_table_contains(wanted, path))
			continue;
		g_autofree char *there = *target == '/' ? g_build_filename(system->root, target, NULL)
							: g_strdup(full);
		add_link(system, KSIG_KMOD_LINK_REMOVE, kernel, path, target,
			 g_file_test(there, G_FILE_TEST_EXISTS)
				 ? "the kernel refuses it, is gone, or has its own build"
				 : "it dangles");
	}
}

static void plan_kernel(struct system *system, const char *kernel)
{
	g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(ksig_kmod_kernel) symbols = NULL;
	const bool installed = is_installed(system, kernel);

	if (installed)
		symbols = read_kernel(system, kernel);
	for (guint i = 0; installed && i < system->groups->len; i++) {
		const struct group *each = g_ptr_array_index(system->groups, i);
		const struct group *group = g_hash_table_add(names, each->name)
						    ? choose(system, each->name, kernel, symbols)
						    : NULL;
		if (group)
			want_group(system, kernel, group, wanted);
	}
	find_stale(system, kernel, "weak-updates", wanted);
}

GPtrArray *ksig_kmod_link_plan(const char *root, GError **error)
{
	g_autofree char *folder = g_build_filename(root, "lib", "modules", NULL);
	struct system system = {.root = root};

	if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no folder of modules", folder);
		return NULL;
	}
	system.kernels = list_folder(folder);
	system.groups = g_ptr_array_new_with_free_func(free_group);
	system.links = g_ptr_array_new_with_free_func((GDestroyNotify) ksig_kmod_link_free);
	const bool good = read_groups(&system, error);
	for (guint i = 0; good && i < system.kernels->len; i++)
		plan_kernel(&system, g_ptr_array_index(system.kernels, i));
	g_ptr_array_unref(system.kernels);
	g_ptr_array_unref(system.groups);
	if (good)
		return system.links;
	g_ptr_array_unref(system.links);
	return NULL;
}
