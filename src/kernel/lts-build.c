/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kernel-internal.h"

char *ksig_kernel_lts_release(const ksig_flavour *flavour, unsigned release, const char *dist)
{
	return g_strdup_printf("%u%s%s", release, flavour->tag, dist);
}

static bool write_notes(const struct ksig_lts_options *options, const char *folder, GPtrArray *files,
			GError **error)
{
	if (!options->points)
		return true;
	g_autofree char *release = ksig_kernel_lts_release(options->job.flavour, options->release,
							   options->job.dist);
	g_autofree char *changelog = ksig_kernel_points_changelog(options->points);
	g_autofree char *advisory = ksig_kernel_points_advisory(
		options->points, options->job.flavour->package, options->version, release, options->job.date);
	char *changelog_path = g_build_filename(folder, "changelog.txt", NULL);
	char *advisory_path = g_build_filename(folder, "advisory.json", NULL);

	g_ptr_array_add(files, changelog_path);
	g_ptr_array_add(files, advisory_path);
	return ksig_file_write(changelog_path, changelog, -1, 0644, error) &&
	       ksig_file_write(advisory_path, advisory, -1, 0644, error);
}

/* What ksig wrote itself. */
static void add_sources(const struct ksig_lts_options *options, const char *folder, GPtrArray *files)
{
	const struct ksig_kernel_job *job = &options->job;

	g_ptr_array_add(files, g_strdup_printf("%s/%s.spec", folder, job->flavour->package));
	g_ptr_array_add(files, g_strdup_printf("%s/kernel-%s.config", folder, job->arch));
}

static void add_symvers(const struct ksig_lts_options *options, const char *topdir, GPtrArray *files)
{
	g_autofree char *path = g_strdup_printf("%s/BUILD/linux-%s/Module.symvers", topdir, options->version);

	if (g_file_test(path, G_FILE_TEST_EXISTS))
		g_ptr_array_add(files, g_steal_pointer(&path));
}

/* What kbuild and RPM call; that one is missing is better said before a long build than after it. */
static bool check_programs(const char *config_path, GError **error)
{
	static const char *const programs[] = {"bc",  "bison", "cpio",  "depmod", "diff", "flex",
					       "gcc", "gzip",  "patch", "perl",   "make", "rsync"};
	g_autoptr(GString) missing = g_string_new(NULL);
	g_autoptr(ksig_config) config = ksig_kernel_config_load(config_path, error);

	if (!config)
		return false;
	for (size_t i = 0; i <= G_N_ELEMENTS(programs); i++) {
		bool is_last = i == G_N_ELEMENTS(programs);
		const char *name = is_last ? "pahole" : programs[i];
		if (is_last && g_strcmp0(ksig_kernel_config_get(config, "DEBUG_INFO_BTF"), "y") != 0)
			continue;
		g_autofree char *path = g_find_program_in_path(name);
		if (!path)
			g_string_append_printf(missing, " %s", name);
	}
	return !missing->len || ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
					       "to build a kernel, not installed:%s", missing->str);
}

static bool build_packages(const struct ksig_lts_options *options, const char *work, GPtrArray *files,
			   GError **error)
{
	const struct ksig_kernel_job *job = &options->job;
	g_autofree char *sources = g_build_filename(work, "sources", NULL);
	g_autofree char *topdir = g_build_filename(work, "rpmbuild", NULL);
	g_autofree char *log = g_build_filename(work, "build.log", NULL);
	g_autofree char *spec = g_strdup_printf("%s/%s.spec", sources, job->flavour->package);
	const struct rpmbuild build = {.topdir = topdir,
				       .dist = job->dist,
				       .arch = job->arch,
				       .mock = job->mock,
				       .jobs = job->jobs,
				       .date = job->date,
				       .log = log};

	g_autofree char *config = g_strdup_printf("%s/kernel-%s.config", sources, job->arch);
	if (!lts_write_sources(options, sources, error) || (!job->mock && !check_programs(config, error)))
		return false;
	g_autofree char *srpm = rpmbuild_source(&build, spec, sources, error);
	g_autoptr(GPtrArray) packages = srpm ? rpmbuild_binary(&build, srpm, error) : NULL;
	if (!packages)
		return false;
	for (guint i = 0; i < packages->len; i++)
		g_ptr_array_add(files, g_strdup(g_ptr_array_index(packages, i)));
	add_sources(options, sources, files);
	add_symvers(options, topdir, files);
	g_autofree char *release = ksig_kernel_lts_release(job->flavour, options->release, job->dist);
	g_autofree char *uname = g_strdup_printf("%s-%s.%s", options->version, release, job->arch);
	g_ptr_array_add(files, g_steal_pointer(&srpm));
	g_ptr_array_add(files, g_steal_pointer(&log));
	return write_notes(options, work, files, error) &&
	       kernel_gate(job, packages, uname, work, files, error);
}

bool ksig_kernel_lts_build(const struct ksig_lts_options *options, char **out_path, bool *out_was_there,
			   GError **error)
{
	g_autofree char *release = ksig_kernel_lts_release(options->job.flavour, options->release,
							   options->job.dist);
	g_autofree char *workspace = g_canonicalize_filename(options->job.workspace, NULL);
	g_autofree char *target = ksig_kernel_published_path(workspace, options->job.flavour->package,
							     options->version, release);
	g_autofree char *name = g_strdup_printf("%s-%s-%s", options->job.flavour->package, options->version,
						release);
	g_autofree char *work = g_build_filename(workspace, "work", "kernel", name, NULL);
	g_autofree char *lock_path = g_build_filename(work, "lock", NULL);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	struct ksig_lts_options absolute = *options;

	absolute.job.workspace = workspace;
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
