/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of dist-git: what a source package is made of, before it is one. */
#include "rpm/dist-git-internal.h"

#include <string.h>

static char *spec_in(const char *folder)
{
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	g_autofree char *found = NULL;
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		if (!g_str_has_suffix(name, ".spec") || (found && !g_str_equal(name, "kernel.spec")))
			continue;
		g_free(found);
		found = g_build_filename(folder, name, NULL);
		if (g_str_equal(name, "kernel.spec"))
			break;
	}
	return g_steal_pointer(&found);
}

char *ksig_rpm_dist_git(const char *path, char **out_sources)
{
	g_autofree char *specs = g_build_filename(path, "SPECS", NULL);
	char *beside = spec_in(path), *spec = beside ? beside : spec_in(specs);

	if (spec && out_sources)
		*out_sources = beside ? g_strdup(path) : g_build_filename(path, "SOURCES", NULL);
	return spec;
}

/* A dist-git has large sources in a store beside it, and names them in a file. */
static char *names_of_absent(const char *path)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	const char *name;

	while (directory && (name = g_dir_read_name(directory)))
		if (g_str_equal(name, "sources") || (*name == '.' && g_str_has_suffix(name, ".metadata")))
			return g_strdup(name);
	return NULL;
}

/* PATH's SPECS or SOURCES, or PATH itself. */
static bool check_folder(const char *path, const char *folder, GError **error)
{
	g_autofree char *name = g_path_get_basename(folder);

	return g_str_equal(path, folder) || ksig_rpm_others_check(path, name, false, error);
}

bool ksig_rpm_dist_git_check(const char *path, const char *sources, const GPtrArray *names, GError **error)
{
	g_autofree char *file = names_of_absent(path);
	g_autoptr(GString) absent = g_string_new(NULL);

	if (g_str_has_prefix(sources, path) && !check_folder(path, sources, error))
		return false;
	for (guint i = 0; i < names->len; i++) {
		const char *name = names->pdata[i];
		g_autofree char *source = name ? g_build_filename(sources, name, NULL) : NULL;
		if (source && !g_file_test(source, G_FILE_TEST_EXISTS))
			g_string_append_printf(absent, "%s%s", absent->len ? ", " : "", name);
		else if (source && !ksig_rpm_others_check(sources, name, false, error))
			return false;
	}
	return !absent->len ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: of its sources there is no %s%s%s%s", path,
			      absent->str, file ? " (its " : "", file ? file : "",
			      file ? " says where large ones come from)" : "");
}

static bool copy_sources(const char *sources, const char *folder, GError **error)
{
	g_autoptr(GDir) directory = g_dir_open(sources, 0, error);
	const char *name;
	bool good = directory != NULL;

	while (good && (name = g_dir_read_name(directory))) {
		g_autofree char *path = g_build_filename(sources, name, NULL);
		if (!g_str_has_suffix(name, ".spec") && g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
		    !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
			good = ksig_rpm_others_copy(sources, name, false, folder, error);
	}
	return good;
}

/* "9.el9_1" of "linux-5.14.0-9.el9_1.tar.xz": the tarball says which distribution it is of. */
static char *release_of_tarball(const ksig_spec_facts *facts)
{
	for (guint i = 0; i < facts->sources->len; i++) {
		const char *name = facts->sources->pdata[i], *dash = strrchr(name, '-');
		const char *end = strstr(name, ".tar");
		if (g_str_has_prefix(name, "linux-") && end && dash && dash < end)
			return g_strndup(dash + 1, (gsize) (end - dash - 1));
	}
	return g_strdup("");
}

char *ksig_rpm_dist_git_copy(const char *path, const char *folder, GError **error)
{
	g_autofree char *sources = NULL;
	g_autofree char *spec = ksig_rpm_dist_git(path, &sources);
	g_autofree char *base = spec ? g_path_get_basename(spec) : NULL;

	if (!spec) {
		ksig_error_set(error, KSIG_ERROR_INPUT,
			       "%s: a folder without a spec, and without one in SPECS", path);
		return NULL;
	}
	g_autofree char *specs = g_path_get_dirname(spec);
	if (!check_folder(path, sources, error) || !check_folder(path, specs, error) ||
	    !copy_sources(sources, folder, error) || !ksig_rpm_others_copy(specs, base, false, folder, error))
		return NULL;
	return g_build_filename(folder, base, NULL);
}

ksig_srpm *dist_git_read(const char *path, const char *folder, char **out_spec, GError **error)
{
	g_autofree char *copy = ksig_rpm_dist_git_copy(path, folder, error);
	g_autoptr(ksig_spec_facts) first = copy ? ksig_rpm_spec_facts(copy, folder, "", NULL, error) : NULL;
	g_autofree char *release = first ? release_of_tarball(first) : NULL;
	g_autoptr(ksig_spec_facts) facts = first ? ksig_rpm_spec_facts(copy, folder, release, NULL, error)
						 : NULL;
	if (!facts) {
		g_autofree char *theirs = copy ? ksig_rpm_dist_git(path, NULL) : NULL;
		if (theirs)
			ksig_error_name_theirs(error, copy, theirs);
		return NULL;
	}
	ksig_srpm *srpm = g_new0(ksig_srpm, 1);
	srpm->name = g_strdup(facts->name);
	srpm->release = g_strdup(facts->release);
	srpm->version_release = g_strdup_printf("%s-%s", facts->version, facts->release);
	*out_spec = g_steal_pointer(&copy);
	return srpm;
}
