/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast way's second half: kpatch's create-diff-object on each object, the differences linked, built as a
 * module and finished by create-klp-module.
 */
#include "live/build-module-internal.h"
#include "live/build-internal.h"
#include "live/build-parent-internal.h"
#include "live/build-sizes-internal.h"
#include "live/build-tree-internal.h"
#include "live/built-internal.h"
#include "live/live.h"
#include "live/manifest.h"

#include <stdio.h>
#include <string.h>

/* The kernels since 5.8 apply their own special sections in time, and want no .klp.arch (kpatch:
 * use_klp_arch). */
static bool wants_arch_sections(const char *release)
{
	unsigned major = 0, minor = 0;

	return sscanf(release, "%u.%u", &major, &minor) == 2 && (major < 5 || (major == 5 && minor < 8)) &&
	       !(major == 4 && minor == 18);
}

static bool read_symbols(const char *path, GString **out_text, GError **error)
{
	const char *const argv[] = {"readelf", "-s", "--wide", path, NULL};

	return ksig_process_run(argv, NULL, NULL, out_text, error);
}

/* What distributions strip modules by takes the symbols of source files away: the debug file has them. */
static bool write_symtab(struct live_build *build, const char *name, const char *path, char **out_file,
			 GError **error)
{
	g_autofree char *base = g_strconcat(name, ".symtab", NULL);
	g_autofree char *file = g_build_filename(build->scratch, base, NULL);
	g_autoptr(GString) text = NULL, whole = NULL;

	if (g_file_test(file, G_FILE_TEST_EXISTS)) {
		*out_file = g_steal_pointer(&file);
		return true;
	}
	if (!read_symbols(path, &text, error))
		return false;
	if (!strstr(text->str, " FILE ")) {
		g_autofree char *debug = live_parent_debug(build, name, error);
		if (!debug || !read_symbols(debug, &whole, error))
			return false;
	}
	const GString *best = whole ? whole : text;
	if (!ksig_file_write(file, best->str, (gssize) best->len, 0644, error))
		return false;
	*out_file = g_steal_pointer(&file);
	return true;
}

static bool refuse(const char *object, const char *log_path, GError **error)
{
	g_autofree char *said = ksig_file_read(log_path, KSIG_LIVE_LIMIT_SMALL_BYTES, NULL, error);

	if (!said)
		return false;
	g_autofree char *explained = ksig_live_explain(said);
	g_strdelimit(said, "\n", ' ');
	return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: %s%s%s%s", object, explained ? explained : "",
			      explained ? " [create-diff-object: " : "", g_strstrip(said),
			      explained ? "]" : "");
}

/* Runs create-diff-object: 0 changed, 3 nothing to patch, else it says what it cannot. */
static bool diff_object(struct live_build *build, char **sizes, const char *object, const char *before,
			const char *after, bool *out_changed, GError **error)
{
	g_autofree char *name = NULL, *whole = NULL, *symtab = NULL;
	g_autofree char *tool = g_build_filename(build->tools, "create-diff-object", NULL);
	g_autofree char *from = g_build_filename(before, object, NULL);
	g_autofree char *to = g_build_filename(after, object, NULL);
	g_autofree char *out = g_build_filename(build->scratch, "output", object, NULL);
	g_autofree char *folder = g_path_get_dirname(out);
	int status = 0;

	if (!live_parent_find(build, object, &name, &whole, error) ||
	    !write_symtab(build, name, whole, &symtab, error) || !ksig_directory_make(folder, error))
		return false;
	g_autofree char *log_path = g_build_filename(build->scratch, "diff.log", NULL);
	const char *const argv[] = {tool, from, to, name, symtab, build->symvers, build->options->name,
				    out,  NULL};
	const struct ksig_process_options options = {.environment = (const char *const *) sizes,
						     .timeout_ms = LIVE_TIMEOUT_TOOL_MS};
	if (!live_run_logged(argv, &options, log_path, &status, error))
		return false;
	*out_changed = status == 0;
	return status == 0 || status == 3 || refuse(object, log_path, error);
}

static bool diff_objects(struct live_build *build, const char *before, const char *after, GPtrArray *changed,
			 GError **error)
{
	g_auto(GStrv) sizes = live_struct_sizes(build->options->vmlinux, error);

	for (guint i = 0; sizes && i < build->objects->len; i++) {
		bool differs = false;
		if (!diff_object(build, sizes, build->objects->pdata[i], before, after, &differs, error))
			return false;
		if (differs)
			g_ptr_array_add(changed, g_build_filename(build->scratch, "output",
								  build->objects->pdata[i], NULL));
	}
	if (sizes && !changed->len)
		return ksig_error_set(error, KSIG_ERROR_NEGATIVE,
				      "the patches change no code of this kernel");
	return sizes != NULL;
}

static bool copy_hook(struct live_build *build, const char *folder, GError **error)
{
	g_autoptr(GDir) directory = g_dir_open(build->hook, 0, NULL);
	const char *name;

	if (!directory || !ksig_directory_make(folder, error))
		return ksig_error_set(error, KSIG_ERROR_ENVIRONMENT, "%s: cannot be read", build->hook);
	while ((name = g_dir_read_name(directory))) {
		g_autofree char *from = g_build_filename(build->hook, name, NULL);
		g_autofree char *to = g_build_filename(folder, name, NULL);
		gsize length = 0;
		g_autofree char *text = ksig_file_read(from, KSIG_LIVE_LIMIT_SMALL_BYTES, &length, error);
		if (!text || !ksig_file_write(to, text, (gssize) length, 0644, error))
			return false;
	}
	return true;
}

static bool link_objects(const char *folder, GPtrArray *changed, GError **error)
{
	g_autofree char *out = g_build_filename(folder, "output.o", NULL);
	g_autofree char *cmd = g_build_filename(folder, ".output.o.cmd", NULL);
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	const char *const start[] = {"ld", "-r", "-o", out};

	for (size_t i = 0; i < G_N_ELEMENTS(start); i++)
		g_ptr_array_add(argv, (char *) start[i]);
	for (guint i = 0; i < changed->len; i++)
		g_ptr_array_add(argv, changed->pdata[i]);
	g_ptr_array_add(argv, NULL);
	/* An empty .cmd keeps modpost content (since 5.8 its absence is an error). */
	return ksig_file_write(cmd, "", 0, 0644, error) &&
	       ksig_process_run((const char *const *) argv->pdata, NULL, NULL, NULL, error);
}

static bool make_module(struct live_build *build, const char *folder, GError **error)
{
	g_autofree char *here = g_strconcat("M=", folder, NULL);
	g_autofree char *name = g_strconcat("KPATCH_NAME=", build->options->name, NULL);
	g_autofree char *flags = g_strconcat("KCFLAGS=-I", build->hook, NULL);
	const char *const replace = build->options->no_replace
					    ? "CFLAGS_MODULE=-DMODULE -DKLP_REPLACE_ENABLE=false"
					    : "KSIG_LIVE=1";
	/* No types: the tree's vmlinux, if it is there, need not be the kernel's, nor have any. */
	const char *const arguments[] = {
		here, name, flags, replace, "CONFIG_DEBUG_INFO_BTF_MODULES=", "modules", NULL};

	return live_make(build, arguments, LIVE_TIMEOUT_COMPILE_MS, error);
}

bool live_module_link(struct live_build *build, const char *before, const char *after, GError **error)
{
	g_autoptr(GPtrArray) changed = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *folder = g_build_filename(build->scratch, "patch", NULL);
	g_autofree char *ko = g_strconcat(build->options->name, ".ko", NULL);
	g_autofree char *made = g_build_filename(folder, ko, NULL);
	g_autofree char *tool = g_build_filename(build->tools, "create-klp-module", NULL);
	const bool arch = wants_arch_sections(build->built->release);

	if (!diff_objects(build, before, after, changed, error))
		return false;
	live_step(build, "difference");
	if (!copy_hook(build, folder, error) || !link_objects(folder, changed, error) ||
	    !make_module(build, folder, error) || !ksig_directory_make(build->options->output, error))
		return false;
	build->built->module = g_build_filename(build->options->output, ko, NULL);
	build->built->way = g_strdup("fast");
	const char *const argv[] = {tool, arch ? made : "--no-klp-arch-sections",
				    arch ? build->built->module : made, arch ? NULL : build->built->module,
				    NULL};
	return ksig_process_run(argv, NULL, NULL, NULL, error);
}
