/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recipe's source: a kernel's folders, a tarball, a revision of a git repository. */
#include "kmod/source-internal.h"
#include "kmod/build-internal.h"
#include "kmod/license-internal.h"
#include "kmod/parts-internal.h"

#include <glib/gstdio.h>
#include <string.h>

enum { SOURCE_TIMEOUT_MS = 30 * 60 * 1000, SOURCE_FILES_MAX = 1 << 20, SOURCE_DEPTH_MAX = 32 };

static bool is_kind(const struct ksig_kmod_build *build, const char *kind)
{
	return g_str_equal(build->recipe->source_kind, kind);
}

/* What of a kernel's tree is the source: folders and the licence. NULL: all of it, it is the module's own. */
static GPtrArray *paths_of(const struct ksig_kmod_build *build)
{
	GPtrArray *paths = is_kind(build, "kernel") ? g_ptr_array_new() : NULL;

	for (char **path = build->recipe->source_paths; paths && *path; path++)
		g_ptr_array_add(paths, *path);
	for (char **file = build->recipe->license_files; paths && *file; file++)
		g_ptr_array_add(paths, *file);
	return paths;
}

/* ---- unpacking ----------------------------------------------------------------------------------- */

bool ksig_kmod_source_copy(const char *from, const char *to, GError **error)
{
	const struct ksig_process_options options = {.timeout_ms = SOURCE_TIMEOUT_MS};
	g_autofree char *parent = g_path_get_dirname(to);
	const char *const copy[] = {"cp", "-rT", "--", from, to, NULL};

	return ksig_directory_make(parent, error) && ksig_process_run(copy, &options, NULL, NULL, error);
}

static bool copy_paths(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) paths = paths_of(build);

	if (!paths)
		return ksig_kmod_source_copy(build->source, folder, error);
	for (guint i = 0; i < paths->len; i++) {
		g_autofree char *from = g_build_filename(build->source, paths->pdata[i], NULL);
		g_autofree char *to = g_build_filename(folder, paths->pdata[i], NULL);
		if (!ksig_kmod_source_copy(from, to, error))
			return false;
	}
	return true;
}

/* What PATTERNS (NULL: everything) match below the first STRIP folders; AT_TOP: '*' of a pattern is no '/'.
 */
static bool extract(const char *tarball, unsigned strip, const char *const *patterns, bool at_top,
		    const char *folder, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	const struct ksig_process_options options = {.timeout_ms = SOURCE_TIMEOUT_MS};

	g_ptr_array_add(argv, g_strdup("tar"));
	g_ptr_array_add(argv, g_strdup_printf("--directory=%s", folder));
	g_ptr_array_add(argv, g_strdup_printf("--strip-components=%u", strip));
	g_ptr_array_add(argv, g_strdup("--no-same-owner"));
	g_ptr_array_add(argv, g_strdup_printf("--file=%s", tarball));
	g_ptr_array_add(argv, g_strdup("--extract"));
	g_ptr_array_add(argv, g_strdup("--wildcards"));
	g_ptr_array_add(argv, g_strdup(at_top ? "--no-wildcards-match-slash" : "--wildcards-match-slash"));
	for (; patterns && *patterns; patterns++)
		g_ptr_array_add(argv, g_strdup_printf("*/%s", *patterns));
	g_ptr_array_add(argv, NULL);
	return ksig_process_run((const char *const *) argv->pdata, &options, NULL, NULL, error);
}

static bool unpack_tarball(const struct ksig_kmod_build *build, const char *tarball, unsigned strip,
			   const char *folder, GError **error)
{
	g_autoptr(GPtrArray) paths = paths_of(build);

	if (paths)
		g_ptr_array_add(paths, NULL);
	return extract(tarball, strip, paths ? (const char *const *) paths->pdata : NULL, false, folder,
		       error);
}

/* Copies the files of the folder SOURCE that PATTERNS match. */
static bool copy_matching(const char *source, char **patterns, const char *folder, GError **error)
{
	for (; *patterns; patterns++) {
		g_autofree char *parent = g_path_get_dirname(*patterns);
		g_autofree char *name = g_path_get_basename(*patterns);
		g_autofree char *from = g_build_filename(source, parent, NULL);
		g_autoptr(GDir) listing = g_dir_open(from, 0, NULL);
		const char *file;
		while (listing && (file = g_dir_read_name(listing))) {
			g_autofree char *path = g_build_filename(from, file, NULL);
			g_autofree char *to = g_build_filename(folder, parent, file, NULL);
			if (g_pattern_match_simple(name, file) && g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
			    !ksig_kmod_source_copy(path, to, error))
				return false;
		}
	}
	return true;
}

bool ksig_kmod_source_is_repository(const char *path)
{
	static const char *const marks[] = {".git", "objects"};

	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
		g_autofree char *mark = g_build_filename(path, marks[i], NULL);
		g_autofree char *head = g_build_filename(path, "HEAD", NULL);
		if (g_file_test(mark, G_FILE_TEST_EXISTS) &&
		    (i == 0 || g_file_test(head, G_FILE_TEST_EXISTS)))
			return true;
	}
	return false;
}

/*
 * With the attributes of the tree, git archive asks for every object of it, also for those that are left out
 * and that a partial clone may lack.
 */
static GPtrArray *archive_arguments(const struct ksig_kmod_build *build, const char *git_dir,
				    const char *output)
{
	const bool some = *build->recipe->source_exclude != NULL;
	const char *const words[] = {
		"--git-dir", git_dir,        "--work-tree", build->source,
		"archive",   "--format=tar", output,        some ? "--worktree-attributes" : NULL};
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; i < G_N_ELEMENTS(words) && words[i]; i++)
		g_ptr_array_add(argv, g_strdup(words[i]));
	g_ptr_array_add(argv, g_strdup(build->recipe->source_revision));
	g_ptr_array_add(argv, g_strdup("."));
	for (char **path = build->recipe->source_exclude; *path; path++)
		g_ptr_array_add(argv, g_strdup_printf(":(exclude)%s", *path));
	g_ptr_array_add(argv, NULL);
	return argv;
}

/* The recipe's revision, whatever is checked out; what git archive leaves out is not part of a release. */
static bool export_revision(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	const char *revision = build->recipe->source_revision;
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-source", error);
	g_autofree char *tarball = scratch ? g_build_filename(scratch, "source.tar", NULL) : NULL;
	g_autofree char *output = g_strdup_printf("--output=%s", tarball);
	g_autofree char *git_dir = scratch ? ksig_git_shadow(build->source, scratch, NULL, error) : NULL;
	const struct ksig_process_options options = {.directory = build->source,
						     .timeout_ms = SOURCE_TIMEOUT_MS};
	g_autoptr(GError) reason = NULL;

	if (!git_dir)
		return false;
	g_autoptr(GPtrArray) argv = archive_arguments(build, git_dir, output);
	if (!ksig_git_run((const char *const *) argv->pdata, &options, NULL, NULL, &reason))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: revision %s of %s: %s", build->source,
				      revision, build->recipe->source_url, reason->message);
	return unpack_tarball(build, tarball, 0, folder, error);
}

static bool unpack(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	if (!g_file_test(build->source, G_FILE_TEST_IS_DIR))
		return unpack_tarball(build, build->source, 1, folder, error);
	if (is_kind(build, "git") && ksig_kmod_source_is_repository(build->source))
		return export_revision(build, folder, error);
	return copy_paths(build, folder, error);
}

/* "FILE|FROM|TO" in FOLDER; what is not found is an error, as with a patch that does not apply. */
static bool substitute(const ksig_recipe *recipe, const char *folder, GError **error)
{
	for (char **rule = recipe->substitutions; rule && *rule; rule++) {
		g_auto(GStrv) parts = g_strsplit(*rule, "|", 3);
		if (g_strv_length(parts) != 3 || !ksig_path_is_safe(parts[0]))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"%s\" is not FILE|FROM|TO",
					      recipe->path, *rule);
		g_autofree char *path = g_build_filename(folder, parts[0], NULL);
		g_autofree char *content = ksig_file_read(path, build_file_limit_bytes, NULL, error);
		if (!content)
			return false;
		if (!strstr(content, parts[1]))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no \"%s\" in it any more",
					      parts[0], parts[1]);
		g_auto(GStrv) pieces = g_strsplit(content, parts[1], -1);
		g_autofree char *changed = g_strjoinv(parts[2], pieces);
		if (!ksig_file_write(path, changed, -1, 0644, error))
			return false;
	}
	return true;
}

static bool leave_out(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	for (char **path = build->recipe->source_exclude; *path; path++) {
		g_autofree char *full = g_build_filename(folder, *path, NULL);
		if (!ksig_directory_remove(full, error))
			return false;
	}
	return true;
}

/*
 * The licence's text from a kernel's tree, where the recipe names no file: as much of it as there is. A
 * tarball is read once more, as tar fails where one of the names is not there.
 */
static bool bring_license(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	g_auto(GStrv) patterns = ksig_kmod_license_patterns(build->recipe);

	if (!is_kind(build, "kernel") || *build->recipe->license_files)
		return true;
	if (g_file_test(build->source, G_FILE_TEST_IS_DIR))
		return copy_matching(build->source, patterns, folder, error);
	extract(build->source, 1, (const char *const *) patterns, true, folder, NULL);
	return true;
}

bool ksig_kmod_source_stage(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	return ksig_directory_make(folder, error) && unpack(build, folder, error) &&
	       bring_license(build, folder, error) && leave_out(build, folder, error) &&
	       substitute(build->recipe, folder, error);
}

/* ---- its state ----------------------------------------------------------------------------------- */

static void add_file(GPtrArray *lines, const char *path)
{
	GStatBuf status = {0};

	if (g_lstat(path, &status) == 0)
		g_ptr_array_add(lines,
				g_strdup_printf("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld", path,
						(gint64) status.st_size, (gint64) status.st_mtim.tv_sec,
						status.st_mtim.tv_nsec));
}

static void add_folder(GPtrArray *lines, const char *path, int depth)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder)) && lines->len < SOURCE_FILES_MAX) {
		g_autofree char *inner = g_build_filename(path, name, NULL);
		if (depth < SOURCE_DEPTH_MAX && g_file_test(inner, G_FILE_TEST_IS_DIR) &&
		    !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
			add_folder(lines, inner, depth + 1);
		else
			add_file(lines, inner);
	}
}

static void add_path(GPtrArray *lines, const char *path)
{
	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		add_folder(lines, path, 0);
	else
		add_file(lines, path);
}

/* The commit that the recipe's revision is in the repository: a tag may be moved. */
static char *commit_of(const struct ksig_kmod_build *build, GError **error)
{
	g_autofree char *name = g_strconcat(build->recipe->source_revision, "^{commit}", NULL);
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(NULL, "ksig-source", error);
	g_autofree char *git_dir = scratch ? ksig_git_shadow(build->source, scratch, NULL, error) : NULL;
	const char *const argv[] = {"--git-dir", git_dir, "rev-parse", "--verify", "--quiet", name, NULL};
	const struct ksig_process_options options = {.timeout_ms = SOURCE_TIMEOUT_MS};
	GString *output = NULL;

	if (!git_dir)
		return NULL;
	if (ksig_git_run(argv, &options, NULL, &output, NULL))
		return g_string_free(output, FALSE);
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no revision %s of %s in it", build->source,
		       build->recipe->source_revision, build->recipe->source_url);
	return NULL;
}

char *ksig_kmod_source_state(const struct ksig_kmod_build *build, GError **error)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free), paths = paths_of(build);
	const bool folder = g_file_test(build->source, G_FILE_TEST_IS_DIR);

	if (folder && is_kind(build, "git") && ksig_kmod_source_is_repository(build->source))
		return commit_of(build, error);
	for (guint i = 0; folder && paths && i < paths->len; i++) {
		g_autofree char *inner = g_build_filename(build->source, paths->pdata[i], NULL);
		add_path(lines, inner);
	}
	if (!folder || !paths)
		add_path(lines, build->source);
	g_ptr_array_sort(lines, ksig_by_string);
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("\n", (char **) lines->pdata);
}
