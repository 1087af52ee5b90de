/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which objects the patches reach: C files, and headers by kbuild's dependency files; what cannot be built
 * live (assembly, lib/), and what only a full build can tell.
 */
#include "live/build-patch-internal.h"
#include "live/build-internal.h"
#include "live/built-internal.h"
#include "base/diff.h"

#include <string.h>

static bool add_path(const char *what, const char *line, GPtrArray *paths, GError **error)
{
	g_autofree char *path = g_strndup(line, strcspn(line, "\t\r\n"));
	const char *slash = strchr(path, '/');

	if (g_str_equal(path, "/dev/null"))
		return true;
	if (!slash || !ksig_path_is_safe(slash + 1))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: %s: a path below the kernel's tree expected", what, path);
	for (guint i = 0; i < paths->len; i++)
		if (g_str_equal(paths->pdata[i], slash + 1))
			return true;
	g_ptr_array_add(paths, g_strdup(slash + 1));
	return true;
}

static bool corrupt(const char *what, GError **error)
{
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: corrupt patch: a hunk has not the lines that its @@ line says", what);
}

bool live_patch_paths(const char *what, const char *text, GPtrArray *paths, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	struct ksig_diff diff = {0};

	for (char **line = lines; *line && (**line || line[1]); line++) {
		const enum ksig_diff_line kind = ksig_diff_see(&diff, *line, strlen(*line));
		if (kind == KSIG_DIFF_CUT || kind == KSIG_DIFF_SURPLUS)
			return corrupt(what, error);
		if (kind != KSIG_DIFF_OLD_FILE || !line[1] || !g_str_has_prefix(line[1], "+++ "))
			continue;
		if (!add_path(what, *line + 4, paths, error) || !add_path(what, line[1] + 4, paths, error))
			return false;
	}
	return !ksig_diff_in_hunk(&diff) || corrupt(what, error);
}

static void add_object(struct live_build *build, const char *object)
{
	for (guint i = 0; i < build->objects->len; i++)
		if (g_str_equal(build->objects->pdata[i], object))
			return;
	g_ptr_array_add(build->objects, g_strdup(object));
	g_ptr_array_add(build->built->objects, g_strdup(object));
}

/* All ".NAME.o.cmd" below FOLDER that name PATH as a dependency. */
static guint search_cmds(struct live_build *build, const char *folder, const char *path)
{
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *name;
	guint seen = 0;

	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *place = g_build_filename(folder, name, NULL);
		if (g_file_test(place, G_FILE_TEST_IS_DIR) && !g_file_test(place, G_FILE_TEST_IS_SYMLINK)) {
			seen += search_cmds(build, place, path);
			continue;
		}
		g_autofree char *text = NULL;
		if (name[0] != '.' || !g_str_has_suffix(name, ".o.cmd") ||
		    !g_file_get_contents(place, &text, NULL, NULL))
			continue;
		seen++;
		g_autofree char *word = g_strconcat(" ", path, " ", NULL);
		if (!strstr(text, word))
			continue;
		g_autofree char *base = g_strndup(name + 1, strlen(name) - 5);
		g_autofree char *whole = g_build_filename(folder, base, NULL);
		add_object(build, whole + strlen(build->tree) + 1);
	}
	return seen;
}

/* A full build of the tree left dependency files of every object: only those say whom a header reaches. */
static bool has_dependencies(const struct live_build *build)
{
	g_autofree char *path = g_build_filename(build->tree, ".vmlinux.cmd", NULL);
	g_autofree char *old = g_build_filename(build->tree, ".vmlinux.o.cmd", NULL);

	return g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(old, G_FILE_TEST_EXISTS);
}

/* What only a full build can take, and what no build can. */
static bool unsound(struct live_build *build, const char *path, const char *why, GError **error)
{
	build->unsound = true;
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %s", path, why);
}

static bool reach_header(struct live_build *build, const char *path, GError **error)
{
	const guint before = build->objects->len;

	if (!has_dependencies(build))
		return unsound(build, path,
			       "the patch touches a header, and this tree holds no dependency files that say "
			       "which objects include it; the fast way would miss some: build with "
			       "--way=kpatch-build, or build the tree once",
			       error);
	search_cmds(build, build->tree, path);
	return build->objects->len - before <= LIVE_LIMIT_OBJECTS ||
	       unsound(build, path, "too many objects include it: build with --way=kpatch-build", error);
}

/* Objects of lib/ are linked on demand, and kpatch does not take them. */
static bool is_refused(const char *path, GError **error)
{
	if (g_str_has_suffix(path, ".S"))
		return !ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"%s: assembly cannot be patched live; the way out: patch its C callers", path);
	if (g_str_has_suffix(path, ".c") &&
	    (g_str_has_prefix(path, "lib/") || g_str_has_prefix(path, "arch/x86/lib/")))
		return !ksig_error_set(
			error, KSIG_ERROR_NEGATIVE,
			"%s: objects of lib/ are linked on demand and kpatch does not take them; the "
			"way out: patch the callers",
			path);
	return false;
}

static bool reach(struct live_build *build, const char *path, GError **error)
{
	if (g_str_has_prefix(path, "Documentation/") || g_str_has_prefix(path, "tools/testing/"))
		return true;
	if (is_refused(path, error))
		return false;
	if (g_str_has_suffix(path, ".h"))
		return reach_header(build, path, error);
	if (!g_str_has_suffix(path, ".c"))
		return unsound(build, path,
			       "neither C nor a header: what it changes in a build only a full one shows "
			       "(--way=kpatch-build)",
			       error);
	g_autofree char *object = g_strdup(path);
	object[strlen(object) - 1] = 'o';
	add_object(build, object);
	return true;
}

bool live_patch_objects(struct live_build *build, GError **error)
{
	/* What no build can take counts more than what only a full one can. */
	for (guint i = 0; i < build->paths->len; i++)
		if (is_refused(build->paths->pdata[i], error))
			return false;
	for (guint i = 0; i < build->paths->len; i++)
		if (!reach(build, build->paths->pdata[i], error))
			return false;
	return build->objects->len ||
	       ksig_error_set(error, KSIG_ERROR_NEGATIVE, "the patches reach no object of the kernel");
}
