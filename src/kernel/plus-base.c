/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/plus-internal.h"
#include "elf/elf.h"
#include "rpm/rpm.h"

#include <string.h>

static const struct ksig_process_options plain = {0};

/* The source package of a dist-git folder: kernel.spec with its sources beside it, or in SPECS and SOURCES.
 */
static char *package_folder(const struct plus *plus, const char *folder, GError **error)
{
	const char *base = plus->options->base;
	g_autofree char *log = g_build_filename(folder, "base.log", NULL);
	g_autofree char *beside = g_build_filename(base, "kernel.spec", NULL);
	g_autofree char *apart = g_build_filename(base, "SPECS", "kernel.spec", NULL);
	g_autofree char *sources = g_build_filename(base, "SOURCES", NULL);
	bool is_beside = g_file_test(beside, G_FILE_TEST_EXISTS);
	const struct rpmbuild build = {.topdir = folder,
				       .dist = plus->options->job.dist,
				       .arch = plus->options->job.arch,
				       .log = log};

	if (!is_beside && !g_file_test(apart, G_FILE_TEST_EXISTS)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no kernel.spec there, nor in SPECS", base);
		return NULL;
	}
	return ksig_directory_make(folder, error) ? rpmbuild_source(&build, is_beside ? beside : apart,
								    is_beside ? base : sources, error)
						  : NULL;
}

static bool read_version(struct plus *plus, GError **error)
{
	const char *const argv[] = {
		"rpm", "-qp", "--nosignature", "--qf", "%{NAME} %{VERSION}-%{RELEASE}", plus->base, NULL};
	g_autoptr(GString) text = NULL;

	if (!ksig_process_run(argv, &plain, NULL, &text, error))
		return false;
	const char *space = strchr(text->str, ' ');
	if (!space || !g_str_has_prefix(text->str, "kernel"))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: a kernel's source package expected, not %s", plus->base,
				      text->str);
	plus->version = g_strdup(space + 1);
	return true;
}

static bool unpack_base(struct plus *plus, GError **error)
{
	g_autofree char *topdir = g_strconcat("_topdir ", plus->work, NULL);
	g_autofree char *specs = g_build_filename(plus->work, "SPECS", NULL);
	const char *const argv[] = {"rpm",      "-i",   "--nosignature", "--nodeps",
				    "--define", topdir, plus->base,      NULL};

	plus->sources = g_build_filename(plus->work, "SOURCES", NULL);
	if (!ksig_directory_remove(plus->sources, error) || !ksig_directory_remove(specs, error) ||
	    !ksig_directory_make(plus->work, error) || !ksig_process_run(argv, &plain, NULL, NULL, error))
		return false;
	plus->spec = g_build_filename(specs, "kernel.spec", NULL);
	if (!g_file_test(plus->spec, G_FILE_TEST_IS_REGULAR))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no kernel.spec in it", plus->base);
	return true;
}

/* Finds the tarball and the configurations among the sources. */
static bool find_sources(struct plus *plus, GError **error)
{
	g_autoptr(GDir) directory = g_dir_open(plus->sources, 0, NULL);
	const char *name;

	plus->configs = g_ptr_array_new_with_free_func(g_free);
	while (directory && (name = g_dir_read_name(directory))) {
		if (g_str_has_prefix(name, "linux-") && strstr(name, ".tar") && !plus->tarball)
			plus->tarball = g_build_filename(plus->sources, name, NULL);
		if (g_str_has_prefix(name, "kernel-") && strstr(name, plus->options->job.arch) &&
		    g_str_has_suffix(name, ".config"))
			g_ptr_array_add(plus->configs, g_build_filename(plus->sources, name, NULL));
	}
	if (!plus->tarball || !plus->configs->len)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: linux-*.tar* and kernel-*%s*.config expected in it", plus->base,
				      plus->options->job.arch);
	return true;
}

const char *plus_main_config(const struct plus *plus)
{
	for (guint i = 0; i < plus->configs->len; i++)
		if (!strstr(strrchr(g_ptr_array_index(plus->configs, i), '/'), "debug"))
			return g_ptr_array_index(plus->configs, i);
	return g_ptr_array_index(plus->configs, 0);
}

/* kernel.spec takes patches of fewer lines for empty. */
bool plus_patch_counts(const char *text)
{
	unsigned lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines >= PLUS_PATCH_LINES_MIN;
}

/* As %prep does, with the tool that the spec uses. */
static bool apply_one(const struct plus *plus, const struct ksig_srpm_patch *patch, const char *tree,
		      GError **error)
{
	g_autofree char *git_dir = g_strconcat("GIT_DIR=", plus->work, "/none.git", NULL);
	g_autofree char *work_tree = g_strconcat("GIT_WORK_TREE=", tree, NULL);
	const char *const init[] = {"init", "--quiet", NULL};
	const char *const environment[] = {git_dir, work_tree, NULL};
	const char *const *argv = (const char *const *) patch->argv;
	const bool git = g_str_equal(argv[0], "git");
	const struct ksig_process_options options = {.directory = tree,
						     .environment = git ? environment : NULL,
						     .input = patch->text,
						     .input_length_bytes = patch->length_bytes};

	if (patch->failed)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s does not apply", patch->name);
	return git ? ksig_git_run(init, &options, NULL, NULL, error) &&
			       ksig_git_run(argv + 1, &options, NULL, NULL, error)
		   : ksig_process_run(argv, &options, NULL, NULL, error);
}

bool plus_unpack_tree(struct plus *plus, const char *tree, GError **error)
{
	g_autofree char *folder = g_build_filename(plus->work, "spec", NULL);
	bool config_only = plus->options->job.flavour->patches->len == 0;

	if (!ksig_directory_remove(folder, error) || !ksig_directory_make(folder, error) ||
	    !ksig_directory_remove(tree, error))
		return false;
	g_autoptr(ksig_srpm) srpm = ksig_rpm_srpm_read(plus->base, folder, error);
	/* A patch may change any file; without patches kbuild's own are enough. */
	if (!srpm || !tarball_unpack(plus->tarball, tree, config_only && !srpm->patches->len, error))
		return false;
	for (guint i = 0; i < srpm->patches->len; i++)
		if (!apply_one(plus, g_ptr_array_index(srpm->patches, i), tree, error)) {
			g_prefix_error(error, "%s: ", plus->base);
			return false;
		}
	return true;
}

bool plus_find_base(struct plus *plus, const char *folder, GError **error)
{
	const char *base = plus->options->base;

	plus->base = g_file_test(base, G_FILE_TEST_IS_DIR) ? package_folder(plus, folder, error)
							   : g_strdup(base);
	return plus->base && read_version(plus, error);
}

bool plus_open_base(struct plus *plus, GError **error)
{
	return unpack_base(plus, error) && find_sources(plus, error);
}
