/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file an object ends up in, vmlinux or a module: kbuild wrote it into the object's .cmd file. */
#include "live/build-parent-internal.h"
#include "live/built-internal.h"
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
