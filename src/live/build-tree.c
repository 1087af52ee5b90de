/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's tree for a live patch: configuration checked and prepared once, files saved before patching
 * and put back, also after a kill; objects compiled and kept.
 */
#include "live/build-tree-internal.h"
#include "live/build-internal.h"
#include "live/built-internal.h"
#include "live/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define SAVED ".ksig-saved"

char *live_vmlinux_release(const char *vmlinux, GBytes *bytes, GError **error)
{
	static const char marker[] = "Linux version ";
	gsize length = 0;
	const char *data = g_bytes_get_data(bytes, &length), *end = data + length, *found = data;

	while (data && (found = memmem(found, (size_t) (end - found), marker, strlen(marker)))) {
		found += strlen(marker);
		const char *space = memchr(found, ' ', MIN((size_t) (end - found), (size_t) 64));
		/* The format string "Linux version %s (" is there as well. */
		if (space && space > found && g_ascii_isdigit(*found))
			return g_strndup(found, (gsize) (space - found));
	}
	ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no \"Linux version\" in it; give --release", vmlinux);
	return NULL;
}

bool live_make(struct live_build *build, const char *const *arguments, int timeout_ms, GError **error)
{
	g_autofree char *release = g_strconcat("KERNELRELEASE=", build->built->release, NULL);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	const char *const start[] = {"make", "-s", "-C", build->tree, release};
	static const char *const environment[] = {"LC_ALL=C", "MAKEFLAGS",
						  "KBUILD_BUILD_TIMESTAMP=1970-01-01", NULL};
	g_autofree char *jobs = g_strdup_printf("-j%u", g_get_num_processors());
	const struct ksig_process_options options = {.environment = environment,
						     .timeout_ms = (unsigned) timeout_ms};

	for (size_t i = 0; i < G_N_ELEMENTS(start); i++)
		g_ptr_array_add(argv, (char *) start[i]);
	g_ptr_array_add(argv, jobs);
	for (; *arguments; arguments++)
		g_ptr_array_add(argv, (char *) *arguments);
	g_ptr_array_add(argv, NULL);
	return ksig_process_run((const char *const *) argv->pdata, &options, NULL, NULL, error);
}

bool live_run_logged(const char *const *argv, const struct ksig_process_options *options,
		     const char *log_path, int *out_status, GError **error)
{
	const int log = open(log_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct ksig_process_options logged = *options;

	if (log < 0)
		return ksig_error_errno(error, errno, "%s", log_path);
	logged.log_fd = log;
	logged.log_output = true;
	const bool good = ksig_process_run(argv, &logged, out_status, NULL, error);
	close(log);
	return good;
}

static bool is_equal(const char *path, const char *data, gsize length)
{
	g_autofree char *there = NULL;
	gsize there_length = 0;

	return g_file_get_contents(path, &there, &there_length, NULL) && there_length == length &&
	       memcmp(there, data, length) == 0;
}

/* A file that is the same already keeps its time: make goes by it. */
static bool copy(const char *from, const char *to, GError **error)
{
	gsize length = 0;
	g_autofree char *data = ksig_file_read(from, KSIG_LIVE_LIMIT_OBJECT_BYTES, &length, error);
	g_autofree char *folder = g_path_get_dirname(to);
	const int mode = g_file_test(from, G_FILE_TEST_IS_EXECUTABLE) ? 0755 : 0644;

	return data &&
	       (is_equal(to, data, length) || (ksig_directory_make(folder, error) &&
					       ksig_file_write(to, data, (gssize) length, mode, error)));
}

/* What was prepared, in one line: another release, configuration or symbol list is prepared again. */
static char *stamp_of(const struct live_build *build, const char *config)
{
	g_autofree char *text = NULL, *symvers = NULL;
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	if (g_file_get_contents(config, &text, NULL, NULL))
		g_checksum_update(sum, (const guchar *) text, -1);
	if (g_file_get_contents(build->symvers, &symvers, NULL, NULL))
		g_checksum_update(sum, (const guchar *) symvers, -1);
	return g_strdup_printf("%s %s\n", build->built->release, g_checksum_get_string(sum));
}

static bool prepare(struct live_build *build, const char *config, GError **error)
{
	g_autofree char *own = g_build_filename(build->tree, ".config", NULL);
	g_autofree char *symvers = g_build_filename(build->tree, "Module.symvers", NULL);
	static const char *const configure[] = {"olddefconfig", NULL};
	static const char *const make_ready[] = {"prepare", "modules_prepare", NULL};

	if (!g_str_equal(config, own) && !copy(config, own, error))
		return false;
	if (!build->klp && !g_str_equal(build->symvers, symvers) && !copy(build->symvers, symvers, error))
		return false;
	return live_make(build, configure, LIVE_TIMEOUT_TOOL_MS, error) &&
	       live_make(build, make_ready, LIVE_TIMEOUT_COMPILE_MS, error);
}

/* KLP_BUILD builds twice itself, without debug information, and understands IBT. */
static bool check_config(const char *path, bool klp_build, GError **error)
{
	static const struct {
		const char *line, *message;
		bool wanted, only_kpatch;
	} rules[] = {
		{"\nCONFIG_LIVEPATCH=y", "the kernel cannot load live patches: CONFIG_LIVEPATCH is not set",
		 true},
		{"\nCONFIG_DEBUG_INFO=y", "CONFIG_DEBUG_INFO is needed", true, true},
		{"\nCONFIG_DEBUG_INFO_SPLIT=y", "kpatch does not read CONFIG_DEBUG_INFO_SPLIT", false, true},
		{"\nCONFIG_GCC_PLUGIN_LATENT_ENTROPY=y",
		 "code differs from build to build with CONFIG_GCC_PLUGIN_LATENT_ENTROPY", false},
		{"\nCONFIG_RANDSTRUCT_FULL=y",
		 "data layouts differ from build to build with CONFIG_RANDSTRUCT_FULL", false},
		{"\nCONFIG_GCC_PLUGIN_RANDSTRUCT=y",
		 "data layouts differ from build to build with CONFIG_GCC_PLUGIN_RANDSTRUCT", false},
		{"\nCONFIG_X86_KERNEL_IBT=y", "kpatch does not support CONFIG_X86_KERNEL_IBT; use klp-build",
		 false, true},
	};
	g_autofree char *text = ksig_file_read(path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL, error);
	g_autofree char *whole = text ? g_strconcat("\n", text, NULL) : NULL;

	for (size_t i = 0; whole && i < G_N_ELEMENTS(rules); i++)
		if (!(klp_build && rules[i].only_kpatch) &&
		    (strstr(whole, rules[i].line) != NULL) != rules[i].wanted)
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %s", path, rules[i].message);
	return whole != NULL;
}

bool live_tree_prepare(struct live_build *build, GError **error)
{
	g_autofree char *own = g_build_filename(build->tree, ".config", NULL);
	const char *config = build->options->config ? build->options->config : own;
	g_autofree char *stamp_path = g_build_filename(build->tree, ".ksig-prepared", NULL);
	g_autofree char *known = NULL;

	if (!build->klp && !g_file_test(build->symvers, G_FILE_TEST_EXISTS))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
				      "%s: not there; it comes with the kernel's headers (--symvers)",
				      build->symvers);
	if (!check_config(config, build->klp, error))
		return false;
	g_autofree char *stamp = stamp_of(build, config);
	if (g_file_get_contents(stamp_path, &known, NULL, NULL) && g_str_equal(known, stamp))
		return true;
	g_unlink(stamp_path);
	return prepare(build, config, error) && ksig_file_write(stamp_path, stamp, -1, 0644, error);
}

static bool restore_below(const char *tree, const char *saved, const char *below, GError **error)
{
	g_autofree char *folder = g_build_filename(saved, below, NULL);
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *path = below ? g_build_filename(below, name, NULL) : g_strdup(name);
		g_autofree char *from = g_build_filename(saved, path, NULL);
		g_autofree char *to = g_build_filename(tree, path, NULL);
		if (g_file_test(from, G_FILE_TEST_IS_DIR)) {
			if (!restore_below(tree, saved, path, error))
				return false;
		} else if (g_str_has_suffix(name, ".ksig-absent")) {
			to[strlen(to) - strlen(".ksig-absent")] = '\0';
			g_unlink(to);
		} else if (!copy(from, to, error)) {
			return false;
		}
	}
	return true;
}

bool live_tree_restore(const char *tree, GError **error)
{
	g_autofree char *saved = g_build_filename(tree, SAVED, NULL);

	if (!g_file_test(saved, G_FILE_TEST_IS_DIR))
		return true;
	return restore_below(tree, saved, NULL, error) && ksig_directory_remove(saved, error);
}

bool live_tree_save(const struct live_build *build, const GPtrArray *paths, GError **error)
{
	for (guint i = 0; i < paths->len; i++) {
		const char *path = paths->pdata[i];
		g_autofree char *from = g_build_filename(build->tree, path, NULL);
		g_autofree char *to = g_build_filename(build->tree, SAVED, path, NULL);
		g_autofree char *folder = g_path_get_dirname(to);
		g_autofree char *absent = g_strconcat(to, ".ksig-absent", NULL);
		if (!ksig_directory_make(folder, error))
			return false;
		if (g_file_test(from, G_FILE_TEST_EXISTS) ? !copy(from, to, error)
							  : !ksig_file_write(absent, "", 0, 0644, error))
			return false;
	}
	return true;
}

static bool apply(const struct live_build *build, const char *folder, GError **error)
{
	for (const char *const *patch = build->options->patches; *patch; patch++) {
		g_autofree char *path = g_canonicalize_filename(*patch, NULL);
		const char *const argv[] = {"patch", "-p1", "-s", "-f",   "-F0", "--no-backup-if-mismatch",
					    "-r",    "-",   "-d", folder, "-i",  path,
					    NULL};
		g_autoptr(GString) output = NULL;
		int status = 0;
		if (!ksig_process_run(argv, NULL, &status, &output, error))
			return false;
		if (status) {
			g_strdelimit(output->str, "\n", ' ');
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
					      "%s: does not apply to this kernel: %s", *patch,
					      g_strstrip(output->str));
		}
	}
	return true;
}

bool live_tree_patch(struct live_build *build, GError **error)
{
	return live_tree_save(build, build->paths, error) && apply(build, build->tree, error);
}

bool live_patches_check(const struct live_build *build, GError **error)
{
	g_autofree char *folder = g_build_filename(build->scratch, "check", NULL);

	if (!ksig_directory_make(folder, error))
		return false;
	for (guint i = 0; i < build->paths->len; i++) {
		g_autofree char *from = g_build_filename(build->tree, build->paths->pdata[i], NULL);
		g_autofree char *to = g_build_filename(folder, build->paths->pdata[i], NULL);
		if (g_file_test(from, G_FILE_TEST_EXISTS) && !copy(from, to, error))
			return false;
	}
	return apply(build, folder, error);
}

static bool keep_objects(struct live_build *build, const char *folder, GError **error)
{
	for (guint i = 0; i < build->objects->len; i++) {
		g_autofree char *from = g_build_filename(build->tree, build->objects->pdata[i], NULL);
		g_autofree char *to = g_build_filename(folder, build->objects->pdata[i], NULL);
		if (!copy(from, to, error))
			return false;
	}
	return true;
}

bool live_tree_compile(struct live_build *build, bool split, const char *folder, GError **error)
{
	g_autoptr(GPtrArray) arguments = g_ptr_array_new();

	if (split)
		g_ptr_array_add(arguments, (char *) "KCFLAGS=-ffunction-sections -fdata-sections");
	for (guint i = 0; i < build->objects->len; i++) {
		g_autofree char *object = g_build_filename(build->tree, build->objects->pdata[i], NULL);
		g_unlink(object);
		g_ptr_array_add(arguments, build->objects->pdata[i]);
	}
	g_ptr_array_add(arguments, NULL);
	if (!live_make(build, (const char *const *) arguments->pdata, LIVE_TIMEOUT_COMPILE_MS, error))
		return false;
	return keep_objects(build, folder, error);
}
