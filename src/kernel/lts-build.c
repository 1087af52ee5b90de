/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building a longterm kernel: programs checked first, source package, packages, boot test, publication; and
 * ksig kernel build --dry-run, which ends before the packages.
 */
#include "kernel/boot-gate-internal.h"
#include "kernel/kbuild-internal.h"
#include "kernel/lts-internal.h"
#include "kernel/made-of-internal.h"
#include "kernel/package-build-internal.h"
#include "kernel/publish-internal.h"

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

static bool is_there(const char *program)
{
	g_autofree char *path = g_find_program_in_path(program);

	return path != NULL;
}

/* A program that a build calls, and for what alone. */
struct needed {
	const char *program;
	const char *subpackage;  /* NULL: any */
	const char *option;      /* of the configuration, which is y; NULL: any */
	const char *compression; /* of modules; NULL: any */
};

static bool is_needed(const struct needed *needed, const ksig_flavour *flavour, const ksig_config *config)
{
	const char *const *there = (const char *const *) flavour->subpackages;

	if (needed->subpackage && !g_strv_contains(there, needed->subpackage))
		return false;
	if (needed->compression && !g_str_equal(needed->compression, flavour->modules_compression))
		return false;
	return !needed->option || g_strcmp0(ksig_kernel_config_get(config, needed->option), "y") == 0;
}

/* What kbuild and RPM call; that one is missing is better said before a long build than after it. */
static bool check_programs(const ksig_flavour *flavour, const char *config_path, GError **error)
{
	static const struct needed programs[] = {
		{.program = "bc"},
		{.program = "bison"},
		{.program = "cpio"},
		{.program = "depmod"},
		{.program = "diff"},
		{.program = "flex"},
		{.program = "gcc"},
		{.program = "gzip"},
		{.program = "openssl"},
		{.program = "patch"},
		{.program = "perl"},
		{.program = "make"},
		{.program = "rsync"},
		{.program = "pahole", .option = "DEBUG_INFO_BTF"},
		{.program = "xz", .compression = "xz"},
		{.program = "zstd", .compression = "zstd"},
		{.program = "asciidoc", .subpackage = "perf"},
		{.program = "xmlto", .subpackage = "perf"},
		{.program = "msgfmt", .subpackage = "tools"},
		{.program = "rst2man", .subpackage = "bpftool"},
	};
	g_autoptr(GString) missing = g_string_new(NULL);
	g_autoptr(ksig_config) config = ksig_kernel_config_load(config_path, error);

	if (!config)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(programs); i++)
		if (is_needed(&programs[i], flavour, config) && !is_there(programs[i].program))
			g_string_append_printf(missing, " %s", programs[i].program);
	return !missing->len || ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
					       "to build a kernel, not installed:%s", missing->str);
}

/* The folders and files of one build below WORK. */
struct work {
	char *sources, *topdir, *log, *spec, *config;
};

static void work_clear(struct work *work)
{
	g_free(work->sources);
	g_free(work->topdir);
	g_free(work->log);
	g_free(work->spec);
	g_free(work->config);
}
typedef struct work work_t;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(work_t, work_clear)

static struct work work_of(const struct ksig_kernel_job *job, const char *folder)
{
	char *sources = g_build_filename(folder, "sources", NULL);

	return (struct work){.sources = sources,
			     .topdir = g_build_filename(folder, "rpmbuild", NULL),
			     .log = g_build_filename(folder, "build.log", NULL),
			     .spec = g_strdup_printf("%s/%s.spec", sources, job->flavour->package),
			     .config = g_strdup_printf("%s/kernel-%s.config", sources, job->arch)};
}

static struct rpmbuild rpmbuild_of(const struct ksig_kernel_job *job, const struct work *work)
{
	return (struct rpmbuild){.topdir = work->topdir,
				 .dist = job->dist,
				 .arch = job->arch,
				 .mock = job->mock,
				 .defines = job->defines,
				 .jobs = job->jobs,
				 .date = job->date,
				 .log = work->log};
}

static bool build_packages(const struct ksig_lts_options *options, const char *folder, GPtrArray *files,
			   GError **error)
{
	const struct ksig_kernel_job *job = &options->job;
	g_auto(work_t) work = work_of(job, folder);
	const struct rpmbuild build = rpmbuild_of(job, &work);

	if (!lts_write_sources(options, work.sources, error) ||
	    (!job->mock && !check_programs(job->flavour, work.config, error)))
		return false;
	g_autofree char *srpm = rpmbuild_source(&build, work.spec, work.sources, error);
	g_autoptr(GPtrArray) packages = srpm ? rpmbuild_binary(&build, srpm, error) : NULL;
	if (!packages)
		return false;
	for (guint i = 0; i < packages->len; i++)
		g_ptr_array_add(files, g_strdup(g_ptr_array_index(packages, i)));
	add_sources(options, work.sources, files);
	add_symvers(options, work.topdir, files);
	g_autofree char *release = ksig_kernel_lts_release(job->flavour, options->release, job->dist);
	g_autofree char *uname = g_strdup_printf("%s-%s.%s", options->version, release, job->arch);
	g_ptr_array_add(files, g_steal_pointer(&srpm));
	g_ptr_array_add(files, g_strdup(work.log));
	return write_notes(options, folder, files, error) &&
	       kernel_gate(job, packages, uname, folder, files, error);
}

/* Where OPTIONS' kernel would be published, and in OUT_WORK where it is built. OPTIONS' workspace is
 * absolute. */
static char *target_of(const struct ksig_lts_options *options, char **out_work)
{
	const struct ksig_kernel_job *job = &options->job;
	g_autofree char *release = ksig_kernel_lts_release(job->flavour, options->release, job->dist);
	g_autofree char *name = g_strdup_printf("%s-%s-%s", job->flavour->package, options->version, release);

	*out_work = g_build_filename(job->workspace, "work", "kernel", name, NULL);
	return ksig_kernel_published_path(job->workspace, job->flavour->package, options->version, release);
}

/* Makes the folder WORK and keeps others out of it. */
static ksig_lock *lock_work(const char *work, GError **error)
{
	g_autofree char *path = g_build_filename(work, "lock", NULL);

	return kernel_path_check(work, error) && ksig_directory_make(work, error)
		       ? ksig_lock_take(path, error)
		       : NULL;
}

bool ksig_kernel_lts_build(const struct ksig_lts_options *options, char **out_path, bool *out_was_there,
			   GError **error)
{
	g_autofree char *workspace = g_canonicalize_filename(options->job.workspace, NULL);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *work = NULL;
	struct ksig_lts_options absolute = *options;

	absolute.job.workspace = workspace;
	g_autofree char *target = target_of(&absolute, &work);
	const char *const inputs[] = {options->tarball, options->config, NULL};
	g_autofree char *made = made_of(&absolute.job, inputs, error);
	if (!made || !made_of_check(target, made, error))
		return false;
	*out_was_there = g_file_test(target, G_FILE_TEST_IS_DIR);
	if (!*out_was_there) {
		g_autoptr(ksig_lock) lock = lock_work(work, error);
		if (!lock || !build_packages(&absolute, work, files, error) ||
		    !made_of_write(work, made, files, error) || !kernel_publish(target, files, error))
			return false;
	}
	*out_path = g_steal_pointer(&target);
	return true;
}

void ksig_kernel_plan_clear(struct ksig_kernel_plan *plan)
{
	g_free(plan->target);
	g_free(plan->spec);
	g_free(plan->config);
	g_free(plan->source);
	g_clear_pointer(&plan->packages, g_ptr_array_unref);
	*plan = (struct ksig_kernel_plan){0};
}

bool ksig_kernel_lts_plan(const struct ksig_lts_options *options, struct ksig_kernel_plan *out,
			  GError **error)
{
	g_autofree char *workspace = g_canonicalize_filename(options->job.workspace, NULL);
	g_autofree char *folder = NULL;
	struct ksig_lts_options absolute = *options;

	absolute.job.workspace = workspace;
	g_autofree char *target = target_of(&absolute, &folder);
	g_auto(work_t) work = work_of(&absolute.job, folder);
	const struct rpmbuild build = rpmbuild_of(&absolute.job, &work);
	g_autoptr(ksig_lock) lock = lock_work(folder, error);
	if (!lock || !lts_write_sources(&absolute, work.sources, error))
		return false;
	g_autofree char *source = rpmbuild_source(&build, work.spec, work.sources, error);
	GPtrArray *packages = source ? rpmbuild_list(&build, work.spec, error) : NULL;
	if (!packages)
		return false;
	bool was_there = g_file_test(target, G_FILE_TEST_IS_DIR);
	*out = (struct ksig_kernel_plan){.was_there = was_there,
					 .target = g_steal_pointer(&target),
					 .spec = g_steal_pointer(&work.spec),
					 .config = g_steal_pointer(&work.config),
					 .source = g_steal_pointer(&source),
					 .packages = packages};
	return true;
}
