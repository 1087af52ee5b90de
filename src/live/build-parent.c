/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file an object ends up in, vmlinux or a module: kbuild wrote it into the object's .cmd file. */
#include "live/build-parent-internal.h"
#include "live/build-internal.h"
#include "live/manifest.h"

#include <string.h>

enum { SEARCH_DEPTH = 16 };

static char *cmd_path(const struct live_build *build, const char *object)
{
	g_autofree char *folder = g_path_get_dirname(object);
	g_autofree char *base = g_path_get_basename(object);
	g_autofree char *name = g_strdup_printf(".%s.cmd", base);

	return g_build_filename(build->tree, folder, name, NULL);
}

static char *module_name(const char *cmd)
{
	static const char marker[] = "-DKBUILD_MODNAME='\"";
	const char *found = strstr(cmd, marker);

	if (!found)
		return NULL;
	found += strlen(marker);
	return g_strdelimit(g_strndup(found, strcspn(found, "\"'")), "-", '_');
}

static const char *const module_ends[] = {".ko", ".ko.xz", ".ko.zst", ".ko.gz", NULL};
static const char *const debug_ends[] = {".ko.debug", ".ko", NULL};

/* File names of modules have "-" or "_" where their names have "_". */
static bool is_file_of(const char *entry, const char *name, const char *const *ends)
{
	g_autofree char *copy = g_strdelimit(g_strdup(entry), "-", '_');

	return g_str_has_prefix(copy, name) && g_strv_contains(ends, copy + strlen(name));
}

/* Below FOLDER: the file of module NAME. */
static char *search(const char *folder, const char *name, const char *const *ends, unsigned depth)
{
	g_autoptr(GDir) directory = depth ? g_dir_open(folder, 0, NULL) : NULL;
	const char *entry;

	while (directory && (entry = g_dir_read_name(directory))) {
		g_autofree char *path = g_build_filename(folder, entry, NULL);
		if (is_file_of(entry, name, ends))
			return g_steal_pointer(&path);
		if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK)) {
			char *found = search(path, name, ends, depth - 1);
			if (found)
				return found;
		}
	}
	return NULL;
}

char *live_parent_debug(const struct live_build *build, const char *name, GError **error)
{
	char *found = build->options->debug ? search(build->options->debug, name, debug_ends, SEARCH_DEPTH)
					    : NULL;

	if (!found)
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s.ko: stripped of the names of its source files, by which symbols are told "
			       "apart: its debug file is needed (--debug)",
			       name);
	return found;
}

/* The module's file; one that is compressed is unpacked to the scratch folder, once. */
static char *find_module(const struct live_build *build, const char *name, GError **error)
{
	g_autofree char *found = search(build->options->modules, name, module_ends, SEARCH_DEPTH);
	g_autofree char *plain = g_strdup_printf("%s/%s.ko", build->scratch, name);

	if (!found)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s.ko: not found below %s", name,
			       build->options->modules);
	if (!found || g_str_has_suffix(found, ".ko"))
		return g_steal_pointer(&found);
	if (!g_file_test(plain, G_FILE_TEST_EXISTS)) {
		g_autoptr(GBytes) bytes = ksig_elf_unpack_file(found, KSIG_LIVE_LIMIT_OBJECT_BYTES, error);
		if (!bytes || !ksig_bytes_write(plain, bytes, error))
			return NULL;
	}
	return g_steal_pointer(&plain);
}

bool live_parent_is_module(const struct live_build *build, const char *object)
{
	g_autofree char *path = cmd_path(build, object);
	g_autofree char *cmd = ksig_file_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL, NULL);

	return cmd && strstr(cmd, " -DMODULE ");
}

bool live_parent_find(const struct live_build *build, const char *object, char **out_name, char **out_path,
		      GError **error)
{
	g_autofree char *path = cmd_path(build, object);
	g_autofree char *cmd = ksig_file_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL, error);

	if (!cmd)
		return false;
	if (!strstr(cmd, " -DMODULE ")) {
		*out_name = g_strdup("vmlinux");
		*out_path = g_strdup(build->options->vmlinux);
		return true;
	}
	g_autofree char *name = module_name(cmd);
	if (!name)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: does not name the module", path);
	if (!build->options->modules)
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: belongs to module %s; give --modules",
				      object, name);
	*out_path = find_module(build, name, error);
	if (!*out_path)
		return false;
	*out_name = g_steal_pointer(&name);
	return true;
}

GBytes *live_map(const char *path, GError **error)
{
	g_autoptr(GError) reason = NULL;
	GMappedFile *mapped = g_mapped_file_new(path, FALSE, &reason);

	if (!mapped) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s", path, reason->message);
		return NULL;
	}
	GBytes *bytes = g_mapped_file_get_bytes(mapped);
	g_mapped_file_unref(mapped);
	return bytes;
}

/* The compiler that is here has to be among those that the kernel names, if it names any. */
static bool check_compiler(struct live_build *build, const char *object, GBytes *bytes, const char *whole,
			   GBytes *whole_bytes, GError **error)
{
	g_auto(GStrv) here = ksig_elf_compilers(object, bytes, error);
	g_auto(GStrv) there = here ? ksig_elf_compilers(whole, whole_bytes, error) : NULL;

	if (!there)
		return false;
	if (!build->built->compiler)
		build->built->compiler = g_strdup(here[0]);
	return !here[0] || !there[0] || g_strv_contains((const char *const *) there, here[0]) ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s was compiled by %s; the compiler here is %s",
			      whole, there[0], here[0]);
}

static bool compare(struct live_build *build, const char *folder, const char *object,
		    struct ksig_elf_comparison *out, GError **error)
{
	g_autofree char *name = NULL, *whole = NULL;
	g_autofree char *path = g_build_filename(folder, object, NULL);

	if (!live_parent_find(build, object, &name, &whole, error))
		return false;
	g_autoptr(GBytes) bytes = live_map(path, error);
	g_autoptr(GBytes) whole_bytes = bytes ? live_map(whole, error) : NULL;
	return whole_bytes && check_compiler(build, object, bytes, whole, whole_bytes, error) &&
	       ksig_elf_compare_functions(object, bytes, whole, whole_bytes, out, error);
}

bool live_proof(struct live_build *build, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) different = g_ptr_array_new_with_free_func(g_free);
	struct ksig_elf_comparison all = {.different = different};

	for (guint i = 0; i < build->objects->len; i++)
		if (!compare(build, folder, build->objects->pdata[i], &all, error))
			return false;
	build->built->compared = all.compared;
	build->built->proved = all.equal;
	if (!all.compared)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "no function of %s stands in the kernel",
				      (char *) build->objects->pdata[0]);
	/* One function in twenty may differ by a build path or date in it; more is another source or
	 * compiler. */
	if (different->len * 20 > all.compared) {
		g_ptr_array_add(different, NULL);
		if (different->len > 8)
			different->pdata[8] = NULL;
		g_autofree char *names = g_strjoinv(" ", (char **) different->pdata);
		return ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"the source is not that of %s, or the compiler is another: %u of %u functions "
			"differ: %s",
			build->options->vmlinux, all.compared - all.equal, all.compared, names);
	}
	return true;
}
