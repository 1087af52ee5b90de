/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sources of an lts kernel's package: patches tried without fuzz, configuration made in a scratch tree,
 * tarball, spec, all with the times of one date.
 */
#include "kernel/lts-internal.h"
#include "kernel/fetch-internal.h"
#include "kernel/flavour-internal.h"
#include "kernel/kernel-internal.h"
#include "kernel/lts-spec-internal.h"
#include "kernel/patch-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const struct ksig_process_options plain = {0};

bool tarball_unpack(const char *tarball, const char *folder, bool config_only, GError **error)
{
	static const char *const some[] = {"--wildcards",        "*/Kconfig*",  "*/Makefile*",
					   "*/Kbuild*",          "*/scripts/*", "*/arch/*/configs/*",
					   "*/kernel/configs/*", NULL};
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	int status = 0;

	g_ptr_array_add(argv, (gpointer) "tar");
	g_ptr_array_add(argv, (gpointer) "--strip-components=1");
	g_ptr_array_add(argv, (gpointer) "--no-same-owner");
	g_ptr_array_add(argv, (gpointer) "-C");
	g_ptr_array_add(argv, (gpointer) folder);
	g_ptr_array_add(argv, (gpointer) "-xf");
	g_ptr_array_add(argv, (gpointer) tarball);
	for (size_t i = 0; config_only && some[i]; i++)
		g_ptr_array_add(argv, (gpointer) some[i]);
	g_ptr_array_add(argv, NULL);
	if (!ksig_directory_make(folder, error) ||
	    !ksig_process_run((const char *const *) argv->pdata, &plain, config_only ? &status : NULL, NULL,
			      error))
		return false;
	g_autofree char *makefile = g_build_filename(folder, "Makefile", NULL);
	/* A small tree may lack one of the patterns, which tar counts as an error; the Makefile decides. */
	if (!g_file_test(makefile, G_FILE_TEST_EXISTS))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: not a kernel: no Makefile in its first folder", tarball);
	return true;
}

/* A commit of the workspace's git objects, those of its upstreams among them, as a patch. */
static bool export_commit(const char *workspace, const struct ksig_flavour_patch *patch, const char *to,
			  GError **error)
{
	g_autofree char *objects = g_build_filename(workspace, "objects.git", NULL);
	g_autofree char *git_dir = g_strconcat("--git-dir=", objects, NULL);
	g_autofree char *object = g_strconcat(patch->commit, "^{commit}", NULL);
	const char *const find[] = {git_dir, "cat-file", "-e", object, NULL};
	const char *const argv[] = {git_dir,          "format-patch", "-1", "--stdout",
				    "--no-signature", patch->commit,  NULL};
	g_autoptr(GString) text = NULL;
	int status = 0;

	if (!ksig_git_run(find, &plain, &status, NULL, error))
		return false;
	if (status != 0)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "patch %s: no commit %s in the objects of %s",
				      patch->name, patch->commit, workspace);
	return ksig_git_run(argv, &plain, NULL, &text, error) &&
	       ksig_file_write(to, text->str, (gssize) text->len, 0644, error);
}

/* The patch as a file in FOLDER. */
static bool write_patch(const char *workspace, const struct ksig_flavour_patch *patch, const char *folder,
			GError **error)
{
	g_autofree char *name = g_strconcat(patch->name, ".patch", NULL);
	g_autofree char *to = g_build_filename(folder, name, NULL);

	return patch->file ? kernel_fetch(patch->file, to, KERNEL_LIMIT_SPEC_BYTES, error)
			   : export_commit(workspace, patch, to, error);
}

bool kernel_write_patches(const char *workspace, const ksig_flavour *flavour, const char *folder,
			  GError **error)
{
	for (guint i = 0; i < flavour->patches->len; i++)
		if (!write_patch(workspace, g_ptr_array_index(flavour->patches, i), folder, error))
			return false;
	return true;
}

/* As %prep will: no fuzz. */
static bool try_patches(const ksig_flavour *flavour, const char *folder, const char *tree, GError **error)
{
	for (guint i = 0; i < flavour->patches->len; i++) {
		const struct ksig_flavour_patch *patch = g_ptr_array_index(flavour->patches, i);
		g_autofree char *path = g_strdup_printf("%s/%s.patch", folder, patch->name);
		g_autofree char *why = NULL;
		bool applies = false;
		if (!kernel_patch(tree, path, 0, &applies, &why, error))
			return false;
		if (!applies)
			return ksig_error_set(error, KSIG_ERROR_NEGATIVE, "%s: patch %s does not apply: %s",
					      flavour->path, patch->name, why);
	}
	return true;
}

static bool write_config(const struct ksig_lts_options *options, const char *folder, const char *scratch,
			 GError **error)
{
	g_autofree char *tree = g_build_filename(scratch, "tree", NULL);
	g_autofree char *output = g_build_filename(scratch, "output", NULL);
	g_autofree char *from = g_build_filename(output, ".config", NULL);
	g_autofree char *to = g_strdup_printf("%s/kernel-%s.config", folder, options->job.arch);
	const struct ksig_configure_options configure = {
		.source = tree,
		.output = output,
		.arch = options->job.arch,
		.base = options->config,
		.flavour = options->job.flavour,
		.neighbours = options->job.neighbours,
		.accept_defaults = options->job.accept_defaults,
	};

	/* A patch may change any file; without patches kbuild's own are enough. */
	return tarball_unpack(options->tarball, tree, options->job.flavour->patches->len == 0, error) &&
	       try_patches(options->job.flavour, folder, tree, error) &&
	       ksig_kernel_configure(&configure, options->job.out_new, error) &&
	       kernel_fetch(from, to, KERNEL_LIMIT_CONFIG_BYTES, error);
}

static bool copy_tarball(const struct ksig_lts_options *options, const char *folder, GError **error)
{
	g_autofree char *to = g_strdup_printf("%s/linux-%s.tar%s", folder, options->version,
					      strrchr(options->tarball, '.'));

	return kernel_fetch(options->tarball, to, UINT64_C(4) << 30, error);
}

/* A source package keeps the times of its sources, which are those of fetching: here they are DATE's. */
static bool set_times(const char *folder, const char *date, GError **error)
{
	const struct timespec midnight = {.tv_sec = kernel_midnight(date)};
	const struct timespec times[] = {midnight, midnight};
	g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		if (utimensat(AT_FDCWD, path, times, 0) != 0)
			return ksig_error_errno(error, errno, "%s", path);
	}
	return true;
}

static bool write_rest(const struct ksig_lts_options *options, const char *folder, GError **error)
{
	g_autofree char *generator = kernel_recipe_path("kernel-provides");
	g_autofree char *provides = g_build_filename(folder, "kernel-provides", NULL);
	g_autofree char *extra = g_build_filename(folder, "modules-extra.list", NULL);
	g_autofree char *patterns = g_strjoinv("\n", options->job.flavour->modules_extra);
	g_autofree char *lines = g_strconcat(patterns, *patterns ? "\n" : "", NULL);
	g_autofree char *spec = g_strdup_printf("%s/%s.spec", folder, options->job.flavour->package);

	return kernel_fetch(generator, provides, KERNEL_LIMIT_RECIPE_BYTES, error) &&
	       ksig_file_write(extra, lines, -1, 0644, error) && lts_spec_write(options, spec, error);
}

bool lts_write_sources(const struct ksig_lts_options *options, const char *folder, GError **error)
{
	g_autofree char *work = g_build_filename(options->job.workspace, "work", NULL);

	if (!strrchr(options->tarball, '.'))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a .tar.xz or the like expected",
				      options->tarball);
	if (!ksig_directory_make(work, error))
		return false;
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary(work, "configure", error);
	return scratch && ksig_directory_remove(folder, error) && ksig_directory_make(folder, error) &&
	       kernel_write_patches(options->job.workspace, options->job.flavour, folder, error) &&
	       write_config(options, folder, scratch, error) && copy_tarball(options, folder, error) &&
	       write_rest(options, folder, error) && set_times(folder, options->job.date, error);
}
