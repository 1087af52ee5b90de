/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two full ways. What kpatch-build stumbles over late is made ready first: the tree put back, the release
 * in its version files, Module.symvers in its place, module.lds made.
 */
#include "live/live-internal.h"

#include <glib/gstdio.h>
#include <string.h>

static bool run_logged(const char *const *argv, const char *directory, const char *object, GError **error)
{
	const struct ksig_process_options options = {.directory = directory,
						     .timeout_ms = LIVE_TIMEOUT_FULL_MS};
	g_autoptr(GError) reason = NULL;

	if (ksig_process_run(argv, &options, NULL, NULL, &reason))
		return true;
	g_autofree char *meaning = ksig_live_explain(reason->message);
	if (meaning)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %s", object, meaning);
	g_propagate_error(error, g_steal_pointer(&reason));
	return false;
}

static bool set_release(struct live_build *build, GError **error)
{
	/* "localversion*" files in the tree's root are added to the version of its Makefile. */
	g_autofree char *path = g_build_filename(build->tree, "localversion-ksig", NULL);
	const char *rest = strchr(build->built->release, '-');

	return ksig_file_write(path, rest ? rest : "", -1, 0644, error);
}

bool live_build_kpatch(struct live_build *build, GError **error)
{
	g_autofree char *program = g_find_program_in_path("kpatch-build");
	g_autofree char *config = g_build_filename(build->tree, ".config", NULL);
	const struct ksig_live_build_options *options = build->options;
	g_autoptr(GPtrArray) argv = g_ptr_array_new();

	if (!program)
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "kpatch-build: not installed");
	if (!live_tree_prepare(build, error) || !set_release(build, error))
		return false;
	live_step(build, "prepare");
	const char *const start[] = {program,       "--sourcedir", build->tree,      "--config",
				     config,        "--vmlinux",   options->vmlinux, "--name",
				     options->name, "--output",    options->output,  "-t",
				     "vmlinux",     "-t",          "modules_prepare"};
	for (size_t i = 0; i < G_N_ELEMENTS(start); i++)
		g_ptr_array_add(argv, (char *) start[i]);
	if (options->no_replace)
		g_ptr_array_add(argv, (char *) "--non-replace");
	for (const char *const *patch = options->patches; *patch; patch++)
		g_ptr_array_add(argv, (char *) *patch);
	g_ptr_array_add(argv, NULL);
	if (!run_logged((const char *const *) argv->pdata, NULL, options->name, error))
		return false;
	live_step(build, "kpatch-build");
	g_autofree char *ko = g_strconcat(options->name, ".ko", NULL);
	build->built->module = g_build_filename(options->output, ko, NULL);
	build->built->way = g_strdup("kpatch-build");
	return true;
}

bool live_build_klp(struct live_build *build, GError **error)
{
	g_autofree char *program = g_build_filename(build->tree, "scripts", "livepatch", "klp-build", NULL);
	const struct ksig_live_build_options *options = build->options;
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_autofree char *ko = g_strconcat(options->name, ".ko", NULL);

	if (!g_file_test(program, G_FILE_TEST_IS_EXECUTABLE))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "%s: not there: only kernels from 6.19 on carry klp-build", program);
	g_autofree char *config = g_build_filename(build->tree, ".config", NULL);
	g_autofree char *text = ksig_file_read(config, LIVE_LIMIT_SMALL_BYTES, NULL, error);
	if (!text)
		return false;
	if (!strstr(text, "CONFIG_KLP_BUILD=y"))
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: CONFIG_KLP_BUILD is not set", config);
	build->built->module = g_canonicalize_filename(ko, options->output);
	g_ptr_array_add(argv, program);
	g_ptr_array_add(argv, (char *) "-o");
	g_ptr_array_add(argv, build->built->module);
	if (options->no_replace)
		g_ptr_array_add(argv, (char *) "--no-replace");
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	for (const char *const *patch = options->patches; *patch; patch++) {
		g_ptr_array_add(paths, g_canonicalize_filename(*patch, NULL));
		g_ptr_array_add(argv, paths->pdata[paths->len - 1]);
	}
	g_ptr_array_add(argv, NULL);
	if (!ksig_directory_make(options->output, error) ||
	    !run_logged((const char *const *) argv->pdata, build->tree, options->name, error))
		return false;
	live_step(build, "klp-build");
	build->built->way = g_strdup("klp-build");
	return true;
}
