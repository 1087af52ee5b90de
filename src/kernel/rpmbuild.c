/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kernel-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void add_define(GPtrArray *argv, char *definition)
{
	g_ptr_array_add(argv, g_strdup("--define"));
	g_ptr_array_add(argv, definition);
}

/* A build of TOPDIR, which is relative to where rpmbuild runs if that matters. */
static GPtrArray *command(const struct rpmbuild *build, const char *what, const char *topdir)
{
	GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(argv, g_strdup("rpmbuild"));
	g_ptr_array_add(argv, g_strdup(what));
	g_ptr_array_add(argv, g_strdup("--nodeps"));
	add_define(argv, g_strdup_printf("_topdir %s", topdir));
	if (build->arch)
		g_ptr_array_add(argv, g_strdup_printf("--target=%s", build->arch));
	if (build->dist)
		add_define(argv, g_strdup_printf("dist %s", build->dist));
	if (build->date) {
		add_define(argv, g_strdup("clamp_mtime_to_source_date_epoch 1"));
		add_define(argv, g_strdup("use_source_date_epoch_as_buildtime 1"));
		add_define(argv, g_strdup("_buildhost ksig"));
	}
	add_define(argv,
		   g_strdup_printf("_smp_mflags -j%u", build->jobs ? build->jobs : g_get_num_processors()));
	return argv;
}

/* "  CC [M]  drivers/net/wireguard/main.o" is about "drivers/net". */
static char *subsystem_of(const char *line)
{
	const char *path = line + strspn(line, " ");

	if (path == line || !g_ascii_isupper(*path) || !(path = strrchr(line, ' ')) || !strchr(path, '/'))
		return NULL;
	g_auto(GStrv) parts = g_strsplit(path + 1, "/", 3);
	return parts[0] && parts[1] && parts[2] ? g_strdup_printf("building %s/%s", parts[0], parts[1])
						: g_strdup_printf("building %s", parts[0]);
}

struct follower {
	GString *line;
	char *title;
	ksig_progress *progress;
	uint64_t done;
};

static void follow_line(struct follower *follower)
{
	g_autofree char *title = subsystem_of(follower->line->str);

	if (title && g_strcmp0(title, follower->title) != 0) {
		ksig_progress_free(follower->progress);
		follower->progress = ksig_progress_new(title, 0);
		g_free(follower->title);
		follower->title = g_steal_pointer(&title);
	}
	if (follower->progress)
		ksig_progress_set(follower->progress, ++follower->done);
	g_string_truncate(follower->line, 0);
}

static void follow(struct follower *follower, const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (data[i] == '\n')
			follow_line(follower);
		else if (follower->line->len < 1024)
			g_string_append_c(follower->line, data[i]);
}

/* Copies what the child says to the log until it ends. */
static bool copy_output(ksig_process *process, int log_fd, const char *log, GError **error)
{
	struct follower follower = {.line = g_string_new(NULL)};
	char buffer[1 << 14];
	ssize_t length = 0;
	bool good = true;

	while (good && ((length = read(ksig_process_fd(process), buffer, sizeof(buffer))) > 0 ||
			(length < 0 && errno == EINTR))) {
		if (length > 0 && write(log_fd, buffer, (size_t) length) != length)
			good = ksig_error_errno(error, errno ? errno : ENOSPC, "%s", log);
		follow(&follower, buffer, (size_t) MAX(length, 0));
	}
	ksig_progress_free(follower.progress);
	g_string_free(follower.line, TRUE);
	g_free(follower.title);
	return good;
}

/* The last lines of LOG that say what went wrong. */
static char *log_tail(const char *log)
{
	g_autofree char *text = NULL;
	gsize length = 0;

	if (!g_file_get_contents(log, &text, &length, NULL))
		return g_strdup("");
	g_autofree char *tail = ksig_utf8(text + (length > 1500 ? length - 1500 : 0), -1);
	return g_strdup(g_strchomp(tail));
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
	int status = 0;
	int fd = open(build->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	g_ptr_array_add(argv, NULL);
	if (fd < 0)
		return ksig_error_errno(error, errno, "%s", build->log);
	if (!leftover_end(build->topdir, error)) {
		close(fd);
		return false;
	}
	const struct ksig_process_options options = {.directory = build->topdir,
						     .environment = (const char *const *) environment->pdata,
						     .log_fd = fd};
	g_autoptr(ksig_process)
		process = ksig_process_start((const char *const *) argv->pdata, &options, error);
	bool good = process && copy_output(process, fd, build->log, error) &&
		    ksig_process_finish(process, &status, error);
	close(fd);
	if (good && status != 0) {
		g_autofree char *tail = log_tail(build->log);
		good = ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "%s ended with status %d; all of it is in %s; its end: %s",
				      (const char *) g_ptr_array_index(argv, 0), status, build->log, tail);
	}
	return good;
}

void rpmbuild_find(GPtrArray *found, const char *folder, const char *suffix)
{
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (g_file_test(path, G_FILE_TEST_IS_DIR))
			rpmbuild_find(found, path, suffix);
		else if (g_str_has_suffix(path, suffix))
			g_ptr_array_add(found, g_steal_pointer(&path));
	}
}

static gint by_string(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *collect(const struct rpmbuild *build, const char *folder, const char *suffix,
			  GError **error)
{
	g_autofree char *path = g_build_filename(build->topdir, folder, NULL);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);

	rpmbuild_find(found, path, suffix);
	g_ptr_array_sort(found, by_string);
	if (!found->len) {
		ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: rpmbuild left no package there", path);
		return NULL;
	}
	return g_steal_pointer(&found);
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

	add_define(argv, g_strdup_printf("_sourcedir %s", folder));
	g_ptr_array_add(argv, g_strdup(spec));
	if (!clear(build, "SRPMS", error) || !run(build, argv, error))
		return NULL;
	g_autoptr(GPtrArray) found = collect(build, "SRPMS", ".src.rpm", error);
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
	g_autoptr(GPtrArray) found = collect(build, "SPECS", ".spec", error);
	return found ? g_strdup(g_ptr_array_index(found, 0)) : NULL;
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
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	gsize length = 0;

	if (g_file_get_contents(spec, &text, &length, NULL))
		g_checksum_update(sum, (const guchar *) text, (gssize) length);
	rpmbuild_find(files, folder, "");
	g_ptr_array_sort(files, by_string);
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
		add_define(argv, g_strdup_printf("dist %s", build->dist));
	g_ptr_array_add(argv, g_strdup("--rebuild"));
	g_ptr_array_add(argv, g_strdup(srpm));
	if (!clear(build, "RPMS", error) || !run(build, argv, error))
		return NULL;
	g_autoptr(GPtrArray) packages = collect(build, "RPMS", ".rpm", error);
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
	g_ptr_array_add(argv, g_strdup("--noprep"));
	g_ptr_array_add(argv, g_strdup("--noclean"));
	g_ptr_array_add(argv, g_strdup(spec));
	return run(build, argv, error) ? collect(build, "RPMS", ".rpm", error) : NULL;
}

GPtrArray *rpmbuild_binary(const struct rpmbuild *build, const char *srpm, GError **error)
{
	return (build->mock ? mock_binary : here_binary)(build, srpm, error);
}
