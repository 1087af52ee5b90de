/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kmod/build.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

enum { LOG_LINES_QUOTED = 12, SOURCE_TIMEOUT_MS = 30 * 60 * 1000, BUILD_TIMEOUT_MS = 4 * 60 * 60 * 1000 };
static const size_t log_limit_bytes = (size_t) 256 << 20;

void ksig_kmod_built_free(ksig_kmod_built *built)
{
	if (!built)
		return;
	g_clear_pointer(&built->packages, g_ptr_array_unref);
	g_free(built->log);
	g_free(built);
}

/* The release that the modules will say: from utsrelease.h, as kbuild takes it. */
static char *headers_release(const char *headers, GError **error)
{
	g_autofree char *path = g_build_filename(headers, "include", "generated", "utsrelease.h", NULL);
	g_autofree char *content = ksig_file_read(path, 4096, NULL, error);
	char *start = content ? strchr(content, '"') : NULL;
	char *end = start ? strchr(start + 1, '"') : NULL;

	if (!content)
		return NULL;
	if (!end || end == start + 1) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no UTS_RELEASE in it", path);
		return NULL;
	}
	*end = '\0';
	return g_strdup(start + 1);
}

/* Unpacks what the recipe names of its source into FOLDER. */
static bool unpack_source(const struct ksig_kmod_build *build, const char *folder, GError **error)
{
	const bool subtree = g_str_equal(build->recipe->source_kind, "kernel");
	const bool is_folder = g_file_test(build->source, G_FILE_TEST_IS_DIR);
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	const struct ksig_process_options options = {.timeout_ms = SOURCE_TIMEOUT_MS};

	if (is_folder) {
		for (char **path = build->recipe->source_paths; subtree && *path; path++) {
			g_autofree char *from = g_build_filename(build->source, *path, NULL);
			g_autofree char *to = g_build_filename(folder, *path, NULL);
			g_autofree char *parent = g_path_get_dirname(to);
			const char *const copy[] = {"cp", "-rT", "--", from, to, NULL};
			if (!ksig_directory_make(parent, error) ||
			    !ksig_process_run(copy, &options, NULL, NULL, error))
				return false;
		}
		const char *const copy[] = {"cp", "-rT", "--", build->source, folder, NULL};
		return subtree || ksig_process_run(copy, &options, NULL, NULL, error);
	}
	g_ptr_array_add(argv, g_strdup("tar"));
	g_ptr_array_add(argv, g_strdup_printf("--directory=%s", folder));
	g_ptr_array_add(argv, g_strdup("--strip-components=1"));
	g_ptr_array_add(argv, g_strdup("--no-same-owner"));
	g_ptr_array_add(argv, g_strdup_printf("--file=%s", build->source));
	g_ptr_array_add(argv, g_strdup("--extract"));
	g_ptr_array_add(argv, g_strdup("--wildcards"));
	for (char **path = build->recipe->source_paths; subtree && *path; path++)
		g_ptr_array_add(argv, g_strdup_printf("*/%s", *path));
	g_ptr_array_add(argv, NULL);
	return ksig_process_run((const char *const *) argv->pdata, &options, NULL, NULL, error);
}

static char *file_sha256(const char *path, GError **error)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree guchar *block = g_malloc(1 << 16);
	FILE *file = fopen(path, "rbe");
	size_t got;

	if (!file) {
		ksig_error_errno(error, errno, "%s", path);
		return NULL;
	}
	while ((got = fread(block, 1, 1 << 16, file)) > 0)
		g_checksum_update(checksum, block, (gssize) got);
	fclose(file);
	return g_strdup(g_checksum_get_string(checksum));
}

static bool check_source(const struct ksig_kmod_build *build, GError **error)
{
	const ksig_recipe *recipe = build->recipe;

	if (!build->source)
		return ksig_error_set(
			error, KSIG_ERROR_USAGE, "%s: its source is expected: %s%s%s%s", recipe->name,
			g_str_equal(recipe->source_kind, "kernel") ? "a kernel's source (tarball or folder)"
								   : recipe->source_url,
			recipe->source_sha256     ? ", sha256 "
			: recipe->source_revision ? ", revision "
						  : "",
			recipe->source_sha256     ? recipe->source_sha256
			: recipe->source_revision ? recipe->source_revision
						  : "",
			" (--source)");
	if (!g_file_test(build->source, G_FILE_TEST_EXISTS))
		return ksig_error_errno(error, ENOENT, "%s", build->source);
	if (!recipe->source_sha256 || g_file_test(build->source, G_FILE_TEST_IS_DIR))
		return true;
	g_autofree char *sum = file_sha256(build->source, error);
	if (!sum)
		return false;
	return g_str_equal(sum, recipe->source_sha256) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: sha256 is %s, the recipe says %s", build->source,
			      sum, recipe->source_sha256);
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
		g_autofree char *content = ksig_file_read(path, log_limit_bytes, NULL, error);
		if (!content)
			return false;
		if (!strstr(content, parts[1]))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no \"%s\" in it any more", path,
					      parts[1]);
		g_auto(GStrv) pieces = g_strsplit(content, parts[1], -1);
		g_autofree char *changed = g_strjoinv(parts[2], pieces);
		if (!ksig_file_write(path, changed, -1, 0644, error))
			return false;
	}
	return true;
}

/* SOURCES/NAME-VERSION.tar.gz, the same bytes whenever it is made. */
static bool make_tarball(const struct ksig_kmod_build *build, const char *top, GError **error)
{
	g_autofree char *name = g_strdup_printf("%s-%s", build->recipe->name, build->recipe->version);
	g_autofree char *folder = g_build_filename(top, "stage", name, NULL);
	g_autofree char *stage = g_build_filename(top, "stage", NULL);
	g_autofree char *tarball = g_strdup_printf("--file=%s/SOURCES/%s.tar.gz", top, name);
	g_autofree char *mtime = g_strdup_printf("--mtime=@%" G_GINT64_FORMAT, build->epoch_s);
	const char *const argv[] = {"tar",
				    "--create",
				    "--gzip",
				    "--sort=name",
				    "--owner=0",
				    "--group=0",
				    "--numeric-owner",
				    "--mode=u+rwX,go+rX,go-w",
				    mtime,
				    tarball,
				    name,
				    NULL};
	const char *const environment[] = {"GZIP=-n", NULL};
	const struct ksig_process_options options = {
		.directory = stage, .timeout_ms = SOURCE_TIMEOUT_MS, .environment = environment};

	return ksig_directory_make(folder, error) && unpack_source(build, folder, error) &&
	       substitute(build->recipe, folder, error) &&
	       ksig_process_run(argv, &options, NULL, NULL, error);
}

/* depmod's word on which of two modules of one name counts: ours, where it is, and where it is linked to. */
static char *override_file(const ksig_recipe *recipe, const char *release)
{
	GString *out = g_string_new(NULL);

	for (char **module = recipe->modules; *module; module++)
		g_string_append_printf(out, "override %s %s extra/%s\noverride %s * weak-updates/%s\n",
				       *module, release, recipe->name, *module, recipe->name);
	return g_string_free(out, FALSE);
}

static bool copy_patches(const ksig_recipe *recipe, const char *sources, GError **error)
{
	for (guint i = 0; i < recipe->patches->len; i++) {
		const struct ksig_recipe_patch *patch = g_ptr_array_index(recipe->patches, i);
		g_autofree char *base = g_path_get_basename(patch->file);
		g_autofree char *target = g_build_filename(sources, base, NULL);
		size_t length = 0;
		g_autofree char *content = ksig_file_read(patch->file, log_limit_bytes, &length, error);
		if (!content || !ksig_file_write(target, content, (gssize) length, 0644, error))
			return false;
	}
	return true;
}

/* The one file attribute that rpmbuild is to use; its generator is this program. */
static bool write_attribute(const struct ksig_kmod_build *build, const char *top, GError **error)
{
	g_autofree char *folder = g_build_filename(top, "fileattrs", NULL);
	g_autofree char *path = g_build_filename(folder, "ksigmod.attr", NULL);
	g_autofree char *content = g_strdup_printf("%%__ksigmod_provides %s kmod dependencies provides\n"
						   "%%__ksigmod_requires %s kmod dependencies requires\n"
						   "%%__ksigmod_path \\.ko(\\.(gz|xz|zst))?$\n",
						   build->program, build->program);

	return ksig_directory_make(folder, error) && ksig_file_write(path, content, -1, 0644, error);
}

/* The source package keeps the times of its files. */
static bool set_times(const char *folder, gint64 epoch_s, GError **error)
{
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	struct utimbuf times = {.actime = (time_t) epoch_s, .modtime = (time_t) epoch_s};
	const char *name;

	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (g_utime(path, &times) != 0)
			return ksig_error_errno(error, errno, "%s", path);
	}
	return true;
}

static bool write_inputs(const struct ksig_kmod_build *build, const char *release, const char *top,
			 GError **error)
{
	g_autofree char *sources = g_build_filename(top, "SOURCES", NULL);
	g_autofree char *spec_path = g_strdup_printf("%s/SPECS/kmod-%s.spec", top, build->recipe->name);
	g_autofree char *specs = g_path_get_dirname(spec_path);
	g_autofree char *override_path = g_strdup_printf("%s/kmod-%s.conf", sources, build->recipe->name);
	g_autofree char *override = override_file(build->recipe, release);
	g_autofree char *spec = ksig_kmod_spec(build->recipe, release, build->key != NULL);

	return ksig_directory_make(sources, error) && ksig_directory_make(specs, error) &&
	       ksig_file_write(override_path, override, -1, 0644, error) &&
	       ksig_file_write(spec_path, spec, -1, 0644, error) &&
	       copy_patches(build->recipe, sources, error) && make_tarball(build, top, error) &&
	       write_attribute(build, top, error) && set_times(sources, build->epoch_s, error) &&
	       set_times(specs, build->epoch_s, error);
}

static void define(GPtrArray *argv, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void define(GPtrArray *argv, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_ptr_array_add(argv, g_strdup("--define"));
	g_ptr_array_add(argv, g_strdup_vprintf(format, arguments));
	va_end(arguments);
}

static GPtrArray *rpmbuild_arguments(const struct ksig_kmod_build *build, const char *top,
				     const char *headers)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup("rpmbuild"));
	g_ptr_array_add(argv, g_strdup("-ba"));
	g_ptr_array_add(argv, g_strdup("--nodeps"));
	g_ptr_array_add(argv, g_strdup_printf("--load=%s/fileattrs/ksigmod.attr", top));
	define(argv, "_topdir %s", top);
	define(argv, "_fileattrsdir %s/fileattrs", top);
	define(argv, "kernel_build %s", headers);
	define(argv, "_smp_mflags -j%u", build->jobs ? build->jobs : g_get_num_processors());
	if (build->key) {
		define(argv, "signing_key %s", build->key);
		define(argv, "signing_certificate %s", build->certificate);
	}
	g_ptr_array_add(argv, g_strdup_printf("%s/SPECS/kmod-%s.spec", top, build->recipe->name));
	g_ptr_array_add(argv, NULL);
	return argv;
}

/* The lines of the log that say what went wrong: the compiler's errors, or its end. */
static char *quote_log(const char *path)
{
	g_autofree char *content = ksig_file_read(path, log_limit_bytes, NULL, NULL);
	g_auto(GStrv) lines = g_strsplit(content ? content : "", "\n", -1);
	const guint count = g_strv_length(lines);
	GString *out = g_string_new(NULL);
	guint shown = 0;

	for (guint i = 0; i < count && shown < LOG_LINES_QUOTED; i++)
		if (strstr(lines[i], "error:") || strstr(lines[i], "ERROR:") || strstr(lines[i], "FAILED") ||
		    strstr(lines[i], "rror 1")) {
			g_string_append_printf(out, "%s%s", shown++ ? "; " : "", lines[i]);
		}
	return g_string_free(out, FALSE);
}

static bool run_rpmbuild(const struct ksig_kmod_build *build, const char *top, const char *log,
			 GError **error)
{
	g_autofree char *headers = g_canonicalize_filename(build->headers, NULL);
	g_autoptr(GPtrArray) argv = rpmbuild_arguments(build, top, headers);
	g_autofree char *epoch = g_strdup_printf("SOURCE_DATE_EPOCH=%" G_GINT64_FORMAT, build->epoch_s);
	const char *const environment[] = {epoch, "LC_ALL=C", NULL};
	const int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	const struct ksig_process_options options = {
		.environment = environment, .log_fd = fd, .log_output = true, .timeout_ms = BUILD_TIMEOUT_MS};
	int status = 0;

	if (fd < 0)
		return ksig_error_errno(error, errno, "%s", log);
	const bool ran = ksig_process_run((const char *const *) argv->pdata, &options, &status, NULL, error);
	close(fd);
	if (!ran || status == 0)
		return ran;
	g_autofree char *quoted = quote_log(log);
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: the build ended with status %d: %s (the log is %s)", build->recipe->name,
			      status, quoted, log);
}

/* Moves the packages below FROM to TO. */
static bool collect(const char *from, const char *to, GPtrArray *packages, GError **error)
{
	g_autoptr(GDir) folder = g_dir_open(from, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *path = g_build_filename(from, name, NULL);
		if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
			if (!collect(path, to, packages, error))
				return false;
			continue;
		}
		g_autofree char *target = g_build_filename(to, name, NULL);
		if (g_rename(path, target) != 0)
			return ksig_error_errno(error, errno, "%s", target);
		g_ptr_array_add(packages, g_steal_pointer(&target));
	}
	return true;
}

/* What the result depends on, as one hash: spec, source, headers' symbols, key's name, epoch. */
static char *inputs_hash(const struct ksig_kmod_build *build, const char *release, GError **error)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *symvers_path = g_build_filename(build->headers, "Module.symvers", NULL);
	g_autofree char *symvers = file_sha256(symvers_path, error);
	g_autofree char *spec = ksig_kmod_spec(build->recipe, release, build->key != NULL);
	GStatBuf status = {0};

	if (!symvers || g_stat(build->source, &status) != 0)
		return NULL;
	g_autofree char *recipe = file_sha256(build->recipe->path, error);
	if (!recipe)
		return NULL;
	g_autofree char *all = g_strdup_printf(
		"%s\n%s\n%s\n%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n%s\n%" G_GINT64_FORMAT, spec,
		symvers, recipe, build->source, (gint64) status.st_size, (gint64) status.st_mtime,
		build->key ? build->key : "", build->epoch_s);
	g_checksum_update(checksum, (const guchar *) all, -1);
	for (guint i = 0; i < build->recipe->patches->len; i++) {
		g_autofree char *sum = file_sha256(
			((struct ksig_recipe_patch *) build->recipe->patches->pdata[i])->file, error);
		if (!sum)
			return NULL;
		g_checksum_update(checksum, (const guchar *) sum, -1);
	}
	return g_strdup(g_checksum_get_string(checksum));
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

static bool build_packages(const struct ksig_kmod_build *build, const char *release, ksig_kmod_built *built,
			   GError **error)
{
	g_autofree char *binary = NULL, *source = NULL;
	g_autoptr(ksig_scratch) top = ksig_directory_temporary(build->output, ".build", error);

	if (!top || !write_inputs(build, release, top, error) || !run_rpmbuild(build, top, built->log, error))
		return false;
	binary = g_build_filename(top, "RPMS", NULL);
	source = g_build_filename(top, "SRPMS", NULL);
	return collect(binary, build->output, built->packages, error) &&
	       collect(source, build->output, built->packages, error);
}

ksig_kmod_built *ksig_kmod_build_run(const struct ksig_kmod_build *build, GError **error)
{
	g_autoptr(ksig_kmod_built) built = g_new0(ksig_kmod_built, 1);
	g_autofree char *release = NULL, *stamp = NULL, *hash = NULL;

	if (!check_source(build, error) || !(release = headers_release(build->headers, error)))
		return NULL;
	if (!ksig_recipe_range_matches(build->recipe->kernels, release)) {
		ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: not for kernel %s (the recipe says %s)",
			       build->recipe->name, release, build->recipe->kernels);
		return NULL;
	}
	if (!ksig_directory_make(build->output, error) || !(hash = inputs_hash(build, release, error)))
		return NULL;
	built->packages = g_ptr_array_new_with_free_func(g_free);
	built->log = g_strdup_printf("%s/kmod-%s-%s.log", build->output, build->recipe->name, release);
	stamp = g_strdup_printf("%s/.kmod-%s-%s.stamp", build->output, build->recipe->name, release);
	built->again = is_built(stamp, hash, built->packages);
	if (built->again)
		return g_steal_pointer(&built);
	if (!build_packages(build, release, built, error) ||
	    !write_stamp(stamp, hash, built->packages, error))
		return NULL;
	return g_steal_pointer(&built);
}
