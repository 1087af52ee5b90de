/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpmbuild and mock for kernels: the same user, host and times each run, %prep not repeated for the same
 * source package, and what a killed build left ended first.
 */
#include "kernel/package-build-internal.h"
#include "kernel/leftover-internal.h"
#include "kernel/lts-spec-internal.h"
#include "rpm/rpmbuild-run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BUILD_TIMEOUT_MS = 24 * 60 * 60 * 1000 };

/* ".el9_2" is of Enterprise Linux 9, also on a machine that is another's; what the specs of that ask for. */
static void define_dist(GPtrArray *argv, const char *dist)
{
	ksig_rpm_build_define(argv, "dist %s", *dist ? dist : "%{nil}");
	if (g_str_has_prefix(dist, ".el") && g_ascii_isdigit(dist[3]))
		ksig_rpm_build_define(argv, "rhel %d", atoi(dist + 3));
}

static void add_target(GPtrArray *argv, const struct rpmbuild *build)
{
	if (build->arch)
		g_ptr_array_add(argv, g_strdup_printf("--target=%s", build->arch));
	if (build->dist)
		define_dist(argv, build->dist);
}

/* A build of TOPDIR, which is relative to where rpmbuild runs if that matters. */
static GPtrArray *command(const struct rpmbuild *build, const char *what, const char *topdir)
{
	GPtrArray *argv = ksig_rpm_build_command(topdir, what);

	add_target(argv, build);
	if (build->date) {
		ksig_rpm_build_define(argv, "clamp_mtime_to_source_date_epoch 1");
		ksig_rpm_build_define(argv, "use_source_date_epoch_as_buildtime 1");
		ksig_rpm_build_define(argv, "_buildhost ksig");
	}
	ksig_rpm_build_define(argv, "_smp_mflags -j%u", build->jobs ? build->jobs : g_get_num_processors());
	return argv;
}

/* The keys' files and the like are not in the source package, so it is made without them. */
static void add_defines(GPtrArray *argv, const char *const *defines)
{
	for (; defines && *defines; defines++)
		ksig_rpm_build_define(argv, "%s", *defines);
}

/* Who builds, where and when, as far as the spec does not say it: the same each time. */
static void add_identity(GPtrArray *environment, const char *date)
{
	g_ptr_array_add(environment, g_strdup("KBUILD_BUILD_USER=ksig"));
	g_ptr_array_add(environment, g_strdup("KBUILD_BUILD_HOST=ksig"));
	g_ptr_array_add(environment, g_strdup_printf("KBUILD_BUILD_TIMESTAMP=%s 00:00:00 UTC", date));
	g_ptr_array_add(environment,
			g_strdup_printf("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, kernel_midnight(date)));
}

static GPtrArray *environment_of(const struct rpmbuild *build)
{
	GPtrArray *environment = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(environment, g_strdup("LC_ALL=C.UTF-8"));
	g_ptr_array_add(environment, g_strdup("MAKEFLAGS"));
	g_ptr_array_add(environment, g_strdup("CCACHE_NOHASHDIR=1"));
	g_ptr_array_add(environment, leftover_mark(build->topdir));
	if (build->date)
		add_identity(environment, build->date);
	g_ptr_array_add(environment, NULL);
	return environment;
}

static bool run(const struct rpmbuild *build, GPtrArray *argv, GError **error)
{
	g_autoptr(GPtrArray) environment = environment_of(build);
	const struct ksig_rpmbuild how = {.log = build->log,
					  .directory = build->topdir,
					  .environment = (const char *const *) environment->pdata,
					  .timeout_ms = BUILD_TIMEOUT_MS};

	return leftover_end(build->topdir, error) && ksig_rpm_build_run(&how, argv, error);
}

static bool clear(const struct rpmbuild *build, const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(build->topdir, folder, NULL);

	return ksig_directory_make(build->topdir, error) && ksig_directory_remove(path, error);
}

/* PATH as it is reached from FOLDER, if it is below that or beside it. */
static char *relative(const char *path, const char *folder)
{
	g_autofree char *parent = g_path_get_dirname(folder);
	size_t length = strlen(folder), parent_length = strlen(parent);

	if (g_str_has_prefix(path, folder) && path[length] == '/')
		return g_strdup(path + length + 1);
	if (g_str_has_prefix(path, parent) && path[parent_length] == '/')
		return g_strdup_printf("../%s", path + parent_length + 1);
	return g_strdup(path);
}

char *rpmbuild_source(const struct rpmbuild *build, const char *spec, const char *sources, GError **error)
{
	/* RPM puts the expanded spec into a source package: the folders in it must not be this machine's. */
	g_autoptr(GPtrArray) argv = command(build, "-bs", ".");
	g_autofree char *folder = relative(sources, build->topdir);

	ksig_rpm_build_define(argv, "_sourcedir %s", folder);
	g_ptr_array_add(argv, g_strdup(spec));
	if (!clear(build, "SRPMS", error) || !run(build, argv, error))
		return NULL;
	g_autoptr(GPtrArray) found = ksig_rpm_build_packages(build->topdir, "SRPMS", error);
	return found ? g_strdup(g_ptr_array_index(found, 0)) : NULL;
}

/* Unpacks SRPM below TOPDIR and gives its spec. */
static char *install_source(const struct rpmbuild *build, const char *srpm, GError **error)
{
	g_autofree char *define = g_strdup_printf("_topdir %s", build->topdir);
	const char *const argv[] = {"rpm", "-i", "--nodeps", "--define", define, srpm, NULL};

	if (!clear(build, "SPECS", error) || !clear(build, "SOURCES", error) ||
	    !ksig_process_run(argv, &(const struct ksig_process_options){0}, NULL, NULL, error))
		return NULL;
	g_autofree char *specs = g_build_filename(build->topdir, "SPECS", NULL);
	g_autoptr(GPtrArray) found = ksig_directory_find(specs, ".spec");
	if (!found->len)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no spec in it", srpm);
	return found->len ? g_strdup(g_ptr_array_index(found, 0)) : NULL;
}

/* True if the tree in BUILD was made of this very source package and %prep came to its end. */
static bool is_prepared(const char *stamp, const char *identity)
{
	g_autofree char *text = NULL;

	return g_file_get_contents(stamp, &text, NULL, NULL) && g_str_equal(text, identity);
}

/* What tells one source package from another: the spec and its sources, by name, size and content of the
 * spec. */
static char *identity_of(const struct rpmbuild *build, const char *spec)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *text = NULL;
	g_autofree char *folder = g_build_filename(build->topdir, "SOURCES", NULL);
	g_autoptr(GPtrArray) files = ksig_directory_find(folder, "");
	gsize length = 0;

	if (g_file_get_contents(spec, &text, &length, NULL))
		g_checksum_update(sum, (const guchar *) text, (gssize) length);
	for (guint i = 0; i < files->len; i++) {
		const char *path = g_ptr_array_index(files, i);
		g_autofree char *content = NULL;
		g_checksum_update(sum, (const guchar *) path, -1);
		/* Tarballs are named by version and were checked; what is small is read. */
		if (!g_strrstr(path, ".tar") && g_file_get_contents(path, &content, &length, NULL))
			g_checksum_update(sum, (const guchar *) content, (gssize) length);
	}
	return g_strdup(g_checksum_get_string(sum));
}

static bool prepare(const struct rpmbuild *build, const char *spec, GError **error)
{
	g_autofree char *stamp = g_build_filename(build->topdir, "prepared", NULL);
	g_autofree char *identity = identity_of(build, spec);
	g_autoptr(GPtrArray) argv = command(build, "-bp", build->topdir);

	if (is_prepared(stamp, identity))
		return true;
	if (remove(stamp) != 0 && errno != ENOENT)
		return ksig_error_errno(error, errno, "%s", stamp);
	add_defines(argv, build->defines);
	g_ptr_array_add(argv, g_strdup(spec));
	return clear(build, "BUILD", error) && run(build, argv, error) &&
	       ksig_file_write(stamp, identity, -1, 0644, error);
}

/* mock makes the root of its configuration and runs rpmbuild there; it keeps its own ccache and logs. */
static GPtrArray *mock_binary(const struct rpmbuild *build, const char *srpm, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup("mock"));
	g_ptr_array_add(argv, g_strdup("-r"));
	g_ptr_array_add(argv, g_strdup(build->mock));
	g_ptr_array_add(argv, g_strdup_printf("--resultdir=%s/RPMS", build->topdir));
	if (build->dist)
		ksig_rpm_build_define(argv, "dist %s", *build->dist ? build->dist : "%{nil}");
	add_defines(argv, build->defines);
	g_ptr_array_add(argv, g_strdup("--rebuild"));
	g_ptr_array_add(argv, g_strdup(srpm));
	if (!clear(build, "RPMS", error) || !run(build, argv, error))
		return NULL;
	g_autoptr(GPtrArray) packages = ksig_rpm_build_packages(build->topdir, "RPMS", error);
	for (guint i = packages ? packages->len : 0; i-- > 0;)
		if (g_str_has_suffix(g_ptr_array_index(packages, i), ".src.rpm"))
			g_ptr_array_remove_index(packages, i);
	return g_steal_pointer(&packages);
}

static GPtrArray *here_binary(const struct rpmbuild *build, const char *srpm, GError **error)
{
	g_autofree char *spec = install_source(build, srpm, error);
	g_autoptr(GPtrArray) argv = command(build, "-bb", build->topdir);

	if (!spec || !prepare(build, spec, error) || !clear(build, "RPMS", error))
		return NULL;
	add_defines(argv, build->defines);
	g_ptr_array_add(argv, g_strdup("--noprep"));
	g_ptr_array_add(argv, g_strdup("--noclean"));
	g_ptr_array_add(argv, g_strdup(spec));
	return run(build, argv, error) ? ksig_rpm_build_packages(build->topdir, "RPMS", error) : NULL;
}

GPtrArray *rpmbuild_list(const struct rpmbuild *build, const char *spec, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) output = NULL;
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup("rpmspec"));
	g_ptr_array_add(argv, g_strdup("-q"));
	add_target(argv, build);
	add_defines(argv, build->defines);
	g_ptr_array_add(argv, g_strdup("--qf=%{name}-%{version}-%{release}.%{arch}\n"));
	g_ptr_array_add(argv, g_strdup(spec));
	g_ptr_array_add(argv, NULL);
	if (!ksig_process_run((const char *const *) argv->pdata, &(const struct ksig_process_options){0},
			      NULL, &output, error)) {
		g_ptr_array_unref(names);
		return NULL;
	}
	g_auto(GStrv) lines = g_strsplit(g_strstrip(output->str), "\n", -1);
	for (char **line = lines; *line; line++)
		g_ptr_array_add(names, g_strdup(*line));
	return names;
}

GPtrArray *rpmbuild_binary(const struct rpmbuild *build, const char *srpm, GError **error)
{
	return (build->mock ? mock_binary : here_binary)(build, srpm, error);
}
