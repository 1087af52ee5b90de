/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two full ways: programs that build the whole kernel twice and find their faults late. What they stumble
 * over is made ready and checked first: programs, disk, the source proved, the release, Module.symvers; and
 * what they edit in the tree is kept, since neither puts it back when it is killed.
 */
#include "live/build-full-internal.h"
#include "live/build-internal.h"
#include "live/build-parent-internal.h"
#include "live/build-proof-internal.h"
#include "live/build-tree-internal.h"
#include "live/built-internal.h"
#include "live/live.h"
#include "live/manifest.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/statvfs.h>

/* A kernel with debug information, built once, and what is built again: measured 3.8 GB for Debian's. */
static const guint64 full_tree_bytes = (guint64) 6 << 30;

/* What kpatch-build and klp-build edit beside the patched files. */
static const char *const edited[] = {"Makefile", "scripts/link-vmlinux.sh", "scripts/Makefile.modfinal",
				     "scripts/setlocalversion"};

static bool need_programs(const char *const *programs, GError **error)
{
	for (; *programs; programs++) {
		g_autofree char *path = g_find_program_in_path(*programs);
		if (!path)
			return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
					      "%s: not installed; the full build would fail at its end",
					      *programs);
	}
	return true;
}

/* A tree that was built before needs little more. */
static bool need_disk(const struct live_build *build, GError **error)
{
	g_autofree char *built = g_build_filename(build->tree, "vmlinux.o", NULL);
	struct statvfs disk;

	if (g_file_test(built, G_FILE_TEST_EXISTS) || statvfs(build->tree, &disk) != 0 ||
	    (guint64) disk.f_bavail * disk.f_frsize >= full_tree_bytes)
		return true;
	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT,
			      "%s: a full build needs about %" G_GUINT64_FORMAT " GiB free there",
			      build->tree, full_tree_bytes >> 30);
}

/* The C files that the patches touch, or one that every kernel has: enough to prove the source by. */
static void choose_proof(struct live_build *build)
{
	g_ptr_array_set_size(build->objects, 0);
	for (guint i = 0; i < build->paths->len; i++) {
		const char *path = build->paths->pdata[i];
		g_autofree char *whole = g_build_filename(build->tree, path, NULL);
		if (!g_str_has_suffix(path, ".c") || !g_file_test(whole, G_FILE_TEST_EXISTS))
			continue;
		char *object = g_strdup(path);
		object[strlen(object) - 1] = 'o';
		g_ptr_array_add(build->objects, object);
	}
	if (!build->objects->len)
		g_ptr_array_add(build->objects, g_strdup("kernel/fork.o"));
}

static bool prove(struct live_build *build, GError **error)
{
	g_autofree char *plain = g_build_filename(build->scratch, "plain", NULL);

	choose_proof(build);
	if (!live_tree_prepare(build, error))
		return false;
	live_step(build, "prepare");
	if (!live_tree_compile(build, false, plain, error) || !live_proof(build, plain, error))
		return false;
	live_step(build, "proof");
	return true;
}

static bool save_tree(const struct live_build *build, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new();

	for (guint i = 0; i < build->paths->len; i++)
		g_ptr_array_add(paths, build->paths->pdata[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(edited); i++)
		g_ptr_array_add(paths, (char *) edited[i]);
	return live_tree_save(build, paths, error);
}

/* What LOG says of a failure, or its last lines if that is not understood. */
static bool explain_log(const struct live_build *build, const char *log, const char *what, GError **error)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(log, &text, NULL, NULL))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: ended without a log", what);
	g_autofree char *meaning = ksig_live_explain(text);
	if (meaning)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %s", build->options->name, meaning);
	const gsize length = strlen(text);
	g_autofree char *tail = ksig_utf8(text + (length > 600 ? length - 600 : 0), -1);
	g_strdelimit(tail, "\n", ' ');
	return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: %s (all of it: %s)", what, g_strstrip(tail),
			      log);
}

/*
 * Runs ARGV in the tree; all that it says is in OUTPUT/NAME.log, to be followed meanwhile. The release is
 * given as if on make's command line: Debian's and others' is not what the Makefile says, and vermagic and
 * the modules' folder go by it.
 */
static bool run_tool(struct live_build *build, const char *const *argv, const char *output, GError **error)
{
	g_autofree char *log = g_strdup_printf("%s/%s.log", output, build->options->name);
	g_autofree char *release = g_strdup_printf("MAKEFLAGS=KERNELRELEASE=%s", build->built->release);
	g_autofree char *cache = g_strdup_printf("CACHEDIR=%s/cache", build->scratch);
	const char *const environment[] = {"LC_ALL=C", release, cache, NULL};
	int status = 0;

	if (!save_tree(build, error))
		return false;
	const bool ran = live_run_logged(
		argv,
		&(const struct ksig_process_options){.directory = build->tree,
						     .environment = environment,
						     .timeout_ms = LIVE_TIMEOUT_FULL_MS},
		log, &status, error);
	const bool restored = live_tree_restore(build->tree, ran ? error : NULL);
	return ran && restored && (status == 0 || explain_log(build, log, argv[0], error));
}

static void add_patches(const struct live_build *build, GPtrArray *argv)
{
	for (const char *const *patch = build->options->patches; *patch; patch++)
		g_ptr_array_add(argv, g_canonicalize_filename(*patch, NULL));
	g_ptr_array_add(argv, NULL);
}

/* kpatch-build of the folder that --tools names: …/lib/kpatch is beside …/bin. */
static char *find_kpatch_build(const struct live_build *build)
{
	const char *tools = build->options->tools;
	static const char *const places[] = {"kpatch-build", "../../bin/kpatch-build",
					     "../kpatch-build/kpatch-build"};

	for (size_t i = 0; tools && i < G_N_ELEMENTS(places); i++) {
		g_autofree char *path = g_build_filename(tools, places[i], NULL);
		if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
			return g_canonicalize_filename(path, NULL);
	}
	return g_find_program_in_path("kpatch-build");
}

static bool reaches_module(const struct live_build *build)
{
	for (guint i = 0; i < build->objects->len; i++)
		if (live_parent_is_module(build, build->objects->pdata[i]))
			return true;
	return false;
}

static void add_words(GPtrArray *argv, const char *const *words)
{
	for (; *words; words++)
		g_ptr_array_add(argv, g_strdup(*words));
}

bool live_build_kpatch(struct live_build *build, GError **error)
{
	static const char *const programs[] = {"gawk", "lsdiff", "make", "gcc", "readelf", "modprobe", NULL};
	const struct ksig_live_build_options *options = build->options;
	g_autofree char *program = find_kpatch_build(build);
	g_autofree char *config = g_build_filename(build->tree, ".config", NULL);
	g_autofree char *output = g_canonicalize_filename(options->output, NULL);
	g_autofree char *vmlinux = g_canonicalize_filename(options->vmlinux, NULL);
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

	if (!program)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "kpatch-build: not installed");
	if (!need_programs(programs, error) || !need_disk(build, error) || !prove(build, error) ||
	    !ksig_directory_make(output, error))
		return false;
	/* modules_prepare makes scripts/module.lds; "-d" "-d" has it write its log to its output as well. */
	const char *const start[] = {
		program,   "--sourcedir", build->tree,       "--config", config, "--vmlinux", vmlinux,
		"--name",  options->name, "--output",        output,     "-d",   "-d",        "-t",
		"vmlinux", "-t",          "modules_prepare", NULL};
	const char *const modules[] = {"-t", "modules", NULL};
	const char *const stacked[] = {"--non-replace", NULL};
	add_words(argv, start);
	if (reaches_module(build))
		add_words(argv, modules);
	if (options->no_replace)
		add_words(argv, stacked);
	add_patches(build, argv);
	if (!run_tool(build, (const char *const *) argv->pdata, output, error))
		return false;
	live_step(build, "kpatch-build");
	build->built->module = g_strdup_printf("%s/%s.ko", output, options->name);
	build->built->way = g_strdup("kpatch-build");
	return true;
}

static bool check_klp(const struct live_build *build, const char *program, GError **error)
{
	static const char *const programs[] = {"gawk", "recountdiff", "make", "gcc", "objcopy", NULL};
	g_autofree char *config = g_build_filename(build->tree, ".config", NULL);

	if (!g_file_test(program, G_FILE_TEST_IS_EXECUTABLE))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: not there: only kernels from 6.19 on carry klp-build", program);
	g_autofree char *text = ksig_file_read(config, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL, error);
	if (!text)
		return false;
	if (!strstr(text, "\nCONFIG_KLP_BUILD=y"))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: CONFIG_KLP_BUILD is not set", config);
	return need_programs(programs, error) && need_disk(build, error);
}

bool live_build_klp(struct live_build *build, GError **error)
{
	g_autofree char *program = g_build_filename(build->tree, "scripts", "livepatch", "klp-build", NULL);
	const struct ksig_live_build_options *options = build->options;
	g_autofree char *output = g_canonicalize_filename(options->output, NULL);
	g_autofree char *ko = g_strdup_printf("%s/%s.ko", output, options->name);
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);

	build->klp = true;
	if (!prove(build, error) || !check_klp(build, program, error) || !ksig_directory_make(output, error))
		return false;
	const char *const start[] = {program, "-o", ko, options->no_replace ? "--no-replace" : NULL, NULL};
	add_words(argv, start);
	add_patches(build, argv);
	if (!run_tool(build, (const char *const *) argv->pdata, output, error))
		return false;
	live_step(build, "klp-build");
	build->built->module = g_steal_pointer(&ko);
	build->built->way = g_strdup("klp-build");
	return true;
}
