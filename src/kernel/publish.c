/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kernel-internal.h"

#include <errno.h>
#include <string.h>

char *ksig_kernel_published_path(const char *workspace, const char *package, const char *version,
				 const char *release)
{
	g_autofree char *name = g_strdup_printf("%s-%s", version, release);

	return g_build_filename(workspace, "kernel", package, name, NULL);
}

char *ksig_kernel_published_newest(const char *workspace, const char *package)
{
	g_autofree char *folder = g_build_filename(workspace, "kernel", package, NULL);
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	char *newest = NULL;
	const char *name;

	while (directory && (name = g_dir_read_name(directory)))
		if (g_ascii_isdigit(*name) && (!newest || ksig_version_compare(name, newest) > 0)) {
			g_free(newest);
			newest = g_strdup(name);
		}
	return newest;
}

static bool copy_into(const char *path, const char *folder, GError **error)
{
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *to = g_build_filename(folder, name, NULL);

	return ksig_kernel_fetch(path, to, UINT64_C(8) << 30, error);
}

bool kernel_publish(const char *target, GPtrArray *files, GError **error)
{
	g_autofree char *parent = g_path_get_dirname(target);

	if (!ksig_directory_make(parent, error))
		return false;
	g_autoptr(ksig_scratch) aside = ksig_directory_temporary(parent, ".new", error);
	for (guint i = 0; aside && i < files->len; i++)
		if (!copy_into(g_ptr_array_index(files, i), aside, error))
			return false;
	if (!aside)
		return false;
	if (rename(aside, target) != 0)
		return ksig_error_errno(error, errno, "%s", target);
	return true;
}

/* The word that stands for "1.el9" in folder names: what RPM makes of it. */
static char *release_of(const struct ksig_lts_options *options)
{
	return g_strdup_printf("%u%s%s", options->release, options->flavour->tag,
			       options->dist ? options->dist : "");
}

static bool write_notes(const struct ksig_lts_options *options, const char *folder, GPtrArray *files,
			GError **error)
{
	if (!options->points)
		return true;
	g_autofree char *release = release_of(options);
	g_autofree char *changelog = ksig_points_changelog(options->points);
	g_autofree char *advisory = ksig_points_advisory(options->points, options->flavour->package,
							 options->version, release, options->date);
	char *changelog_path = g_build_filename(folder, "changelog.txt", NULL);
	char *advisory_path = g_build_filename(folder, "advisory.json", NULL);

	g_ptr_array_add(files, changelog_path);
	g_ptr_array_add(files, advisory_path);
	return ksig_file_write(changelog_path, changelog, -1, 0644, error) &&
	       ksig_file_write(advisory_path, advisory, -1, 0644, error);
}

static bool build_packages(const struct ksig_lts_options *options, const char *work, GPtrArray *files,
			   GError **error)
{
	g_autofree char *sources = g_build_filename(work, "sources", NULL);
	g_autofree char *topdir = g_build_filename(work, "rpmbuild", NULL);
	g_autofree char *log = g_build_filename(work, "build.log", NULL);
	g_autofree char *spec = g_strdup_printf("%s/%s.spec", sources, options->flavour->package);
	const struct ksig_rpmbuild build = {.topdir = topdir,
					    .dist = options->dist ? options->dist : "",
					    .arch = options->arch,
					    .jobs = options->jobs,
					    .log = log};

	if (!ksig_lts_write_sources(options, sources, error))
		return false;
	g_autofree char *srpm = ksig_rpmbuild_source(&build, spec, error);
	g_autoptr(GPtrArray) packages = srpm ? ksig_rpmbuild_binary(&build, srpm, error) : NULL;
	if (!packages)
		return false;
	for (guint i = 0; i < packages->len; i++)
		g_ptr_array_add(files, g_strdup(g_ptr_array_index(packages, i)));
	g_autofree char *symvers = g_strdup_printf("%s/BUILD/linux-%s/Module.symvers", topdir,
						   options->version);
	if (g_file_test(symvers, G_FILE_TEST_EXISTS))
		g_ptr_array_add(files, g_strdup(symvers));
	g_ptr_array_add(files, g_strdup(srpm));
	g_ptr_array_add(files, g_strdup(spec));
	g_ptr_array_add(files, g_strdup(log));
	return write_notes(options, work, files, error);
}

bool ksig_lts_build(const struct ksig_lts_options *options, char **out_path, bool *out_was_there,
		    GError **error)
{
	g_autofree char *release = release_of(options);
	g_autofree char *workspace = g_canonicalize_filename(options->workspace, NULL);
	g_autofree char *target = ksig_kernel_published_path(workspace, options->flavour->package,
							     options->version, release);
	g_autofree char *name = g_strdup_printf("%s-%s-%s", options->flavour->package, options->version,
						release);
	g_autofree char *work = g_build_filename(workspace, "work", "kernel", name, NULL);
	g_autofree char *lock_path = g_build_filename(work, "lock", NULL);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	struct ksig_lts_options absolute = *options;

	absolute.workspace = workspace;
	*out_was_there = g_file_test(target, G_FILE_TEST_IS_DIR);
	if (!*out_was_there) {
		if (!ksig_directory_make(work, error))
			return false;
		g_autoptr(ksig_lock) lock = ksig_lock_take(lock_path, error);
		if (!lock || !build_packages(&absolute, work, files, error) ||
		    !kernel_publish(target, files, error))
			return false;
	}
	*out_path = g_steal_pointer(&target);
	return true;
}
