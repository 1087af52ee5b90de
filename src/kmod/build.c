/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One build: the kernel's folder is asked what it is, rpmbuild runs, its packages and a stamp are put in
 * place. */
#include "kmod/build-internal.h"
#include "kmod/compiler-internal.h"
#include "kmod/inputs-internal.h"
#include "kmod/kernel-read-internal.h"
#include "kmod/product-internal.h"
#include "kmod/release-internal.h"
#include "kmod/source-check-internal.h"
#include "kmod/source-take-internal.h"
#include "rpm/rpmbuild-run.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

enum { BUILD_TIMEOUT_MS = 4 * 60 * 60 * 1000, MAKEFILE_LIMIT_BYTES = 1 << 20, WORK_DIGITS = 12 };

void ksig_kmod_built_free(ksig_kmod_built *built)
{
	if (!built)
		return;
	g_clear_pointer(&built->packages, g_ptr_array_unref);
	g_free(built->log);
	g_free(built->note);
	g_free(built);
}

char *ksig_kmod_headers_release(const char *headers, GError **error)
{
	g_autofree char *path = g_build_filename(headers, "include", "generated", "utsrelease.h", NULL);
	const bool is_there = g_file_test(path, G_FILE_TEST_EXISTS);
	g_autofree char *content = is_there ? ksig_file_read(path, 4096, NULL, error) : NULL;
	char *start = content ? strchr(content, '"') : NULL;
	char *end = start ? strchr(start + 1, '"') : NULL;

	if (!is_there)
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: not a kernel's build folder: it has no %s",
			       headers, path + strlen(headers) + 1);
	if (!content)
		return NULL;
	if (!end || end == start + 1) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no UTS_RELEASE in it", path);
		return NULL;
	}
	*end = '\0';
	return ksig_kmod_release_check(path, start + 1, error) ? g_strdup(start + 1) : NULL;
}

/* Debian's build folders, and those of "make O=", hold one line of makefile: include PATH/Makefile. */
char *ksig_kmod_headers_source(const char *build)
{
	g_autofree char *path = g_build_filename(build, "Makefile", NULL);
	g_autofree char *content = ksig_file_read(path, MAKEFILE_LIMIT_BYTES, NULL, NULL);
	g_auto(GStrv) lines = g_strsplit(content ? content : "", "\n", -1);

	for (char **line = lines; *line; line++)
		if (g_str_has_prefix(*line, "include /") && g_str_has_suffix(*line, "/Makefile"))
			return g_path_get_dirname(*line + strlen("include "));
	return g_canonicalize_filename(build, NULL);
}

static GPtrArray *rpmbuild_command(const struct ksig_kmod_build *build, const char *top)
{
	GPtrArray *argv = ksig_rpm_build_command(top, build->source_only ? "-bs" : "-ba");
	g_autofree char *headers = g_canonicalize_filename(build->headers, NULL);
	g_autofree char *source = ksig_kmod_headers_source(build->headers);

	g_ptr_array_add(argv, g_strdup_printf("--load=%s/fileattrs/ksigmod.attr", top));
	ksig_rpm_build_define(argv, "_fileattrsdir %s/fileattrs", top);
	ksig_rpm_build_define(argv, "kernel_build %s", headers);
	ksig_rpm_build_define(argv, "kernel_source %s", source);
	if (build->compiler)
		ksig_rpm_build_define(argv, "kernel_compiler %s", build->compiler);
	ksig_rpm_build_define(argv, "kernel_symbols %s/kernel.symvers", top);
	ksig_rpm_build_define(argv, "sibling_symbols %s/siblings.symvers", top);
	ksig_rpm_build_define(argv, "_smp_mflags -j%u", build->jobs ? build->jobs : g_get_num_processors());
	if (build->stable)
		ksig_rpm_build_define(argv, "stable_symbols %s/stable.symbols", top);
	if (build->key) {
		ksig_rpm_build_define(argv, "signing_key %s", build->key);
		ksig_rpm_build_define(argv, "signing_certificate %s", build->certificate);
	}
	g_ptr_array_add(argv, g_strdup_printf("%s/SPECS/kmod-%s.spec", top, build->recipe->name));
	return argv;
}

/* The packages that a stamp of the same inputs lists, if they are all there. */
static bool is_built(const char *stamp, const char *hash, GPtrArray *packages)
{
	g_autofree char *content = ksig_file_read(stamp, 1 << 20, NULL, NULL);
	g_auto(GStrv) lines = g_strsplit(content ? content : "", "\n", -1);

	if (!lines[0] || !g_str_equal(lines[0], hash))
		return false;
	for (char **line = lines + 1; *line; line++) {
		if (!**line)
			continue;
		if (!g_file_test(*line, G_FILE_TEST_EXISTS))
			return false;
		g_ptr_array_add(packages, g_strdup(*line));
	}
	return packages->len > 0;
}

static bool write_stamp(const char *stamp, const char *hash, GPtrArray *packages, GError **error)
{
	g_autoptr(GString) content = g_string_new(hash);

	for (guint i = 0; i < packages->len; i++)
		g_string_append_printf(content, "\n%s", (char *) g_ptr_array_index(packages, i));
	return ksig_file_write(stamp, content->str, (gssize) content->len, 0644, error);
}

/*
 * A folder of its own, always the same: what a build that was killed left behind goes, and is not found by
 * anybody. The lock beside it keeps two builds of the same apart. Its name is short: makefiles of 4.18 name
 * all of a module's objects by their whole paths, twice, in one command, and Linux takes 128 KiB.
 */
static char *make_work_folder(const struct ksig_kmod_build *build, const char *release, GError **error)
{
	g_autofree char *what = g_strdup_printf("%s-%s", build->recipe->name, release);
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, what, -1);
	g_autofree char *path = g_strdup_printf("%s/.b-%.*s", build->output, WORK_DIGITS, sum);

	if (!ksig_directory_remove(path, error) || !ksig_directory_make(path, error))
		return NULL;
	return g_steal_pointer(&path);
}

/* The packages that rpmbuild left below TOP, judged, then put in place. */
static bool take_packages(const struct ksig_kmod_build *build, const char *top, ksig_kmod_built *built,
			  GError **error)
{
	g_autofree char *made = g_build_filename(top, "RPMS", NULL);
	g_autoptr(GPtrArray) folders = g_ptr_array_new();

	g_ptr_array_add(folders, made);
	return (build->source_only ||
		(ksig_kmod_product_check(build, folders, error) &&
		 ksig_rpm_build_collect(top, "RPMS", build->output, built->packages, error))) &&
	       ksig_rpm_build_collect(top, "SRPMS", build->output, built->packages, error);
}

/* Writes what rpmbuild reads below TOP, of a source that nobody else can change any more. */
static bool write_inputs(const struct ksig_kmod_build *build, const char *release, unsigned number,
			 const char *top, GError **error)
{
	struct ksig_kmod_build own = *build;
	g_autofree char *folder = g_build_filename(top, "taken", NULL);
	g_autofree char *source = ksig_directory_make(folder, error)
					  ? ksig_kmod_source_take(build, folder, error)
					  : NULL;

	own.source = source;
	return source && ksig_kmod_source_check(&own, error) &&
	       ksig_kmod_inputs_write(&own, release, number, top, error) &&
	       ksig_directory_remove(folder, error);
}

static bool build_packages(const struct ksig_kmod_build *build, const char *release, unsigned number,
			   ksig_kmod_built *built, GError **error)
{
	g_autoptr(ksig_scratch) top = make_work_folder(build, release, error);
	g_autofree char *epoch = g_strdup_printf("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, build->epoch_s);
	const char *const environment[] = {epoch, "LC_ALL=C", NULL};
	const struct ksig_rpmbuild run = {
		.log = built->log, .environment = environment, .timeout_ms = BUILD_TIMEOUT_MS};

	if (!top || !write_inputs(build, release, number, top, error))
		return false;
	if (g_unlink(built->log) != 0 && errno != ENOENT)
		return ksig_error_errno(error, errno, "%s", built->log);
	g_autoptr(GPtrArray) command = rpmbuild_command(build, top);
	if (!ksig_rpm_build_run(&run, command, error)) {
		g_prefix_error(error, "%s: ", build->recipe->name);
		return false;
	}
	return take_packages(build, top, built, error);
}

/* HEADERS' Module.symvers, or a compressed one where it has none. */
static char *symvers_of(const char *headers)
{
	static const char *const names[] = {"Module.symvers", "Module.symvers.gz", "Module.symvers.xz",
					    "Module.symvers.zst"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		char *path = g_build_filename(headers, names[i], NULL);
		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return path;
		g_free(path);
	}
	return g_build_filename(headers, names[0], NULL);
}

/* What can be said before anything is written: the kernel fits, the source is right, the tools are there. */
static bool check(const struct ksig_kmod_build *build, const char *release, GError **error)
{
	const ksig_recipe *recipe = build->recipe;

	if (build->upstream && !g_str_equal(recipe->source_kind, "kernel"))
		return ksig_error_set(error, KSIG_ERROR_USAGE,
				      "%s: its source is not a kernel's: no devices to restore",
				      recipe->name);
	g_autofree char *architecture = ksig_kmod_headers_architecture(build->headers);
	if (!ksig_kmod_recipe_is_for(recipe, release, architecture)) {
		g_autoptr(GPtrArray) others = ksig_kmod_recipe_read_all(NULL);
		g_autofree char *objection = ksig_kmod_recipe_objection(recipe, others, release,
									architecture);
		g_autofree char *label = ksig_kmod_recipe_label(recipe);
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not for kernel %s: %s", label, release,
				      objection);
	}
	if (!g_file_test(build->symvers, G_FILE_TEST_EXISTS))
		return ksig_error_set(
			error, KSIG_ERROR_INPUT,
			"%s: the kernel's symbols are expected: its Module.symvers, or a list of "
			"them (--symvers)",
			build->symvers);
	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		if (!g_file_test(patch->file, G_FILE_TEST_IS_REGULAR))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: its patch is not there: %s",
					      recipe->path, patch->file);
	}
	for (char **tool = recipe->tools; *tool; tool++) {
		g_autofree char *found = g_find_program_in_path(*tool);
		if (!found)
			return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: it needs %s to be built",
					      recipe->name, *tool);
	}
	return true;
}

bool ksig_kmod_build_check(const struct ksig_kmod_build *build, GError **error)
{
	struct ksig_kmod_build full = *build;
	g_autofree char *release = NULL;
	g_autofree char *symvers = symvers_of(build->headers);

	if (!full.symvers)
		full.symvers = symvers;
	return (release = ksig_kmod_headers_release(build->headers, error)) && check(&full, release, error) &&
	       ksig_kmod_source_check(build, error);
}

char *ksig_kmod_build_rivalry(const struct ksig_kmod_build *build)
{
	g_autofree char *release = ksig_kmod_headers_release(build->headers, NULL),
			*architecture = ksig_kmod_headers_architecture(build->headers);
	g_autoptr(GPtrArray) others = ksig_kmod_recipe_read_all(NULL);

	for (guint i = 0; release && others && i < others->len; i++) {
		const ksig_recipe *other = g_ptr_array_index(others, i);
		if (g_str_equal(other->name, build->recipe->name) ||
		    !ksig_kmod_recipe_is_for(other, release, architecture))
			continue;
		char *rivalry = ksig_kmod_recipe_rivalry(build->recipe, other);
		if (rivalry)
			return rivalry;
	}
	return NULL;
}

static ksig_kmod_built *run(const struct ksig_kmod_build *build, GError **error)
{
	g_autoptr(ksig_kmod_built) built = g_new0(ksig_kmod_built, 1);
	g_autofree char *release = NULL;

	if (!(release = ksig_kmod_headers_release(build->headers, error)) || !check(build, release, error) ||
	    !ksig_kmod_source_check(build, error) || !ksig_directory_make(build->output, error))
		return NULL;
	g_autofree char *stem = g_strdup_printf("%s/.kmod-%s-%s", build->output, build->recipe->name,
						release);
	g_autofree char *stamp = g_strconcat(stem, ".stamp", NULL);
	g_autofree char *lock_path = g_strconcat(stem, ".lock", NULL);
	g_autoptr(ksig_lock) lock = ksig_lock_take(lock_path, error);
	g_autofree char *hash = lock ? ksig_kmod_inputs_hash(build, release, error) : NULL;
	if (!hash)
		return NULL;
	built->packages = g_ptr_array_new_with_free_func(g_free);
	built->log = g_strdup_printf("%s/kmod-%s-%s.log", build->output, build->recipe->name, release);
	built->again = is_built(stamp, hash, built->packages);
	if (built->again)
		return g_steal_pointer(&built);
	g_autofree char *releases = ksig_kmod_release_path(build, release);
	g_autofree char *releases_lock_path = g_strconcat(releases, ".lock", NULL);
	g_autoptr(ksig_lock) releases_lock = ksig_lock_take(releases_lock_path, error);
	const unsigned number = ksig_kmod_release_number(releases, hash, build->recipe->release);
	if (!releases_lock || !build_packages(build, release, number, built, error) ||
	    !ksig_kmod_release_keep(releases, hash, number, error) ||
	    !write_stamp(stamp, hash, built->packages, error))
		return NULL;
	return g_steal_pointer(&built);
}

ksig_kmod_built *ksig_kmod_build_run(const struct ksig_kmod_build *build, GError **error)
{
	struct ksig_kmod_build full = *build;
	g_autofree char *symvers = symvers_of(build->headers), *note = NULL;
	g_autofree char *compiler = build->compiler ? g_strdup(build->compiler)
						    : ksig_kmod_compiler(build->headers, &note);

	if (!full.symvers)
		full.symvers = symvers;
	full.compiler = compiler;
	ksig_kmod_built *built = run(&full, error);
	if (built)
		built->note = g_steal_pointer(&note);
	return built;
}
