/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The distribution's source package that a plus flavour starts from: made of a dist-git if need be, its %dist
 * found, unpacked, patched as its %prep does, its configurations.
 */
#include "kernel/plus-base-internal.h"
#include "kernel/lts-internal.h"
#include "kernel/package-build-internal.h"
#include "kernel/plus-internal.h"
#include "elf/elf.h"
#include "rpm/rpm.h"

#include <string.h>

static const struct ksig_process_options plain = {0};

#define MADE_UP_DIST ".madeup"

/* ".el9_2" of "284.11.1.el9_2" or of a tarball's name. */
static char *dist_in(const char *text)
{
	g_autoptr(GRegex) regex = g_regex_new("\\.(el|fc|oe)[0-9]+(_[0-9]+)?", G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 0) : NULL;
}

/* The same spec's tarball says which distribution a dist-git is of. */
static char *dist_of_sources(const ksig_spec_facts *facts)
{
	char *dist = NULL;

	for (guint i = 0; !dist && i < facts->sources->len; i++)
		if (g_str_has_prefix(facts->sources->pdata[i], "linux-"))
			dist = dist_in(facts->sources->pdata[i]);
	return dist;
}

/* What rpm says of SPEC; *DIST is found if it is NULL. */
static ksig_spec_facts *facts_of_folder(const char *spec, char **dist, GError **error)
{
	g_autoptr(ksig_scratch) scratch = ksig_directory_temporary("/tmp", "ksig-spec", error);
	g_autoptr(ksig_spec_facts)
		facts = scratch ? ksig_rpm_spec_facts(spec, scratch, *dist ? *dist : "", NULL, error) : NULL;

	if (!facts || *dist || !(*dist = dist_of_sources(facts)))
		return g_steal_pointer(&facts);
	return ksig_rpm_spec_facts(spec, scratch, *dist, NULL, error);
}

/* The source package of a dist-git folder: the spec with its sources beside it, or in SPECS and SOURCES. */
static char *package_folder(struct plus *plus, const char *log, GError **error)
{
	const char *base = plus->options->base;
	g_autofree char *sources = NULL;
	g_autofree char *theirs = ksig_rpm_dist_git(base, &sources);

	if (!theirs) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no kernel.spec there, nor in SPECS", base);
		return NULL;
	}
	/* Below where rpmbuild runs, which puts the folder's name into the package. */
	plus->beside = g_build_filename(plus->own, "sources", NULL);
	g_autofree char *spec = ksig_directory_make(plus->beside, error)
					? ksig_rpm_dist_git_copy(base, plus->beside, error)
					: NULL;
	g_autofree char *dist = g_strdup(plus->options->job.dist);
	g_autoptr(ksig_spec_facts) facts = spec ? facts_of_folder(spec, &dist, error) : NULL;
	if (spec && !facts)
		ksig_error_name_theirs(error, spec, theirs);
	if (!facts || !ksig_rpm_dist_git_check(base, sources, facts->sources, error) ||
	    !ksig_rpm_dist_git_check(base, plus->beside, facts->sources, error))
		return NULL;
	const struct rpmbuild build = {
		.topdir = plus->own, .dist = dist, .arch = plus->options->job.arch, .log = log};
	return rpmbuild_source(&build, spec, plus->beside, error);
}

/* The source package that is given. */
static char *copy_package(struct plus *plus, GError **error)
{
	g_autofree char *name = g_path_get_basename(plus->options->base);
	g_autofree char *copy = g_build_filename(plus->own, name, NULL);

	plus->beside = g_path_get_dirname(plus->options->base);
	if (!g_file_test(plus->options->base, G_FILE_TEST_EXISTS)) {
		ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no such file or folder", plus->options->base);
		return NULL;
	}
	return ksig_file_copy(plus->options->base, copy, error) ? g_steal_pointer(&copy) : NULL;
}

static bool read_version(struct plus *plus, GError **error)
{
	const char *const argv[] = {"rpm",
				    "-qp",
				    "--nosignature",
				    "--qf",
				    "%|SOURCEPACKAGE?{}:{the binary package }|%{NAME} %{VERSION}-%{RELEASE}",
				    plus->base,
				    NULL};
	g_autoptr(GString) text = NULL;

	if (!ksig_process_run(argv, &plain, NULL, &text, error))
		return false;
	const char *space = strchr(text->str, ' ');
	if (strchr(text->str, '%'))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: it was made of a spec that defines a macro after its use: %s",
				      plus->base, text->str);
	if (!space || !g_str_has_prefix(text->str, "kernel"))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: a kernel's source package expected, not %s", plus->options->base,
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
	plus->spec = ksig_rpm_dist_git(specs, NULL);
	return plus->spec ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no spec in it", plus->options->base);
}

/* What %dist was when VERSION came out of the spec: the part that a made-up one stands for. */
static char *solve_dist(const char *version, const ksig_spec_facts *facts)
{
	g_autofree char *whole = g_strdup_printf("%s-%s", facts->version, facts->release);
	const char *mark = strstr(whole, MADE_UP_DIST);
	size_t before = mark ? (size_t) (mark - whole) : 0;
	const char *rest = mark ? mark + strlen(MADE_UP_DIST) : NULL;

	if (!mark || strlen(version) < before + strlen(rest) || strncmp(version, whole, before) != 0 ||
	    !g_str_has_suffix(version, rest))
		return NULL;
	return g_strndup(version + before, strlen(version) - before - strlen(rest));
}

/* Asks rpm what the spec says; what it takes for %dist is found by giving it one. */
static bool read_facts(struct plus *plus, GError **error)
{
	g_autoptr(ksig_spec_facts)
		made_up = ksig_rpm_spec_facts(plus->spec, plus->sources, plus->version, MADE_UP_DIST, error);

	if (!made_up)
		return false;
	plus->spec_dist = solve_dist(plus->version, made_up);
	/* None is one: RPM's own is that of the machine. */
	if (!plus->dist)
		plus->dist = plus->spec_dist ? g_strdup(plus->spec_dist) : dist_in(plus->version);
	plus->facts = ksig_rpm_spec_facts(plus->spec, plus->sources, plus->version, plus->dist, error);
	return plus->facts != NULL;
}

/* NAME, which the base leaves out, from where it lies to where it is wanted: TO, and beside a package of
 * ours. */
static bool fetch_one(const struct plus *plus, const char *name, const char *to, GError **error)
{
	g_autofree char *from = g_build_filename(plus->beside, name, NULL);
	g_autofree char *folder = g_path_get_dirname(plus->base);
	g_autofree char *beside = g_build_filename(folder, name, NULL);

	if (!g_file_test(from, G_FILE_TEST_IS_REGULAR))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no %s in it, and none beside it (in %s)",
				      plus->options->base, name, plus->beside);
	return ksig_rpm_others_copy(plus->beside, name, true, plus->sources, error) &&
	       ksig_file_copy(to, beside, error);
}

/* What the package leaves out (NoSource) may lie beside it. */
static bool fetch_left_out(struct plus *plus, GError **error)
{
	plus->left_out = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < plus->facts->sources->len; i++) {
		const char *name = plus->facts->sources->pdata[i];
		g_autofree char *to = g_build_filename(plus->sources, name, NULL);
		if (g_file_test(to, G_FILE_TEST_EXISTS))
			continue;
		if (!fetch_one(plus, name, to, error))
			return false;
		g_ptr_array_add(plus->left_out, g_steal_pointer(&to));
	}
	return true;
}

static bool find_tarball(struct plus *plus, GError **error)
{
	for (guint i = 0; i < plus->facts->sources->len && !plus->tarball; i++) {
		const char *name = plus->facts->sources->pdata[i];
		if (g_str_has_prefix(name, "linux-") && strstr(name, ".tar"))
			plus->tarball = g_build_filename(plus->sources, name, NULL);
	}
	return plus->tarball ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: linux-*.tar* expected among its sources",
			      plus->options->base);
}

/* The configurations of the architecture: kernel-[…-]ARCH[-…].config. */
static bool find_configs(struct plus *plus, GError **error)
{
	g_autofree char *pattern = g_strdup_printf("^kernel-(.*-)?%s(-.*)?\\.config$",
						   plus->options->job.arch);
	g_autoptr(GDir) directory = g_dir_open(plus->sources, 0, NULL);
	const char *name;

	plus->configs = g_ptr_array_new_with_free_func(g_free);
	while (directory && (name = g_dir_read_name(directory)))
		if (g_regex_match_simple(pattern, name, G_REGEX_RAW, 0))
			g_ptr_array_add(plus->configs, g_build_filename(plus->sources, name, NULL));
	g_ptr_array_sort(plus->configs, ksig_by_string);
	return plus->configs->len ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: kernel-*%s*.config expected in it",
			      plus->options->base, plus->options->job.arch);
}

/* Of a distribution's configurations: not a debug one, not a variant's (rt, 64k), not another product's. */
const char *plus_main_config(const struct plus *plus)
{
	static const char *const others[] = {"debug", "-rt",         "-16k",      "-64k",
					     "-kvm",  "-automotive", "-zfcpdump", "fedora"};
	const char *best = NULL;
	unsigned fewest = 0;

	for (guint i = 0; i < plus->configs->len; i++) {
		const char *name = strrchr(g_ptr_array_index(plus->configs, i), '/');
		unsigned odd = 0;
		for (size_t j = 0; j < G_N_ELEMENTS(others); j++)
			odd += strstr(name, others[j]) != NULL;
		if (!best || odd < fewest) {
			best = g_ptr_array_index(plus->configs, i);
			fewest = odd;
		}
	}
	return best;
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
static bool apply_one(const struct plus *plus, const struct ksig_source_patch *patch, const char *tree,
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
	g_autoptr(ksig_srpm) srpm = ksig_rpm_srpm_read(plus->base, plus->base, folder, error);
	/* A patch may change any file; without patches kbuild's own are enough. */
	if (!srpm || !tarball_unpack(plus->tarball, tree, config_only && !srpm->patches->len, error))
		return false;
	g_free(plus->stopped);
	plus->stopped = g_strdup(srpm->stopped);
	for (guint i = 0; i < srpm->patches->len; i++)
		if (!apply_one(plus, g_ptr_array_index(srpm->patches, i), tree, error)) {
			g_prefix_error(error, "%s: ", plus->options->base);
			return false;
		}
	return true;
}

bool plus_find_base(struct plus *plus, const char *folder, GError **error)
{
	g_autofree char *log = g_build_filename(folder, "base.log", NULL);

	plus->own = ksig_directory_make(folder, error) ? ksig_directory_temporary(folder, "base", error)
						       : NULL;
	if (plus->own)
		plus->base = g_file_test(plus->options->base, G_FILE_TEST_IS_DIR)
				     ? package_folder(plus, log, error)
				     : copy_package(plus, error);
	return plus->base && read_version(plus, error);
}

/* What is made must not take the place of what it is made of. */
static bool check_name(const struct plus *plus, GError **error)
{
	const ksig_flavour *flavour = plus->options->job.flavour;

	if (g_str_equal(flavour->package, plus->facts->name))
		return *flavour->tag ||
		       ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: package and tag: %s has the name %s already, in the same "
				      "release",
				      flavour->path, plus->base, flavour->package);
	return !g_ptr_array_find_with_equal_func(plus->facts->packages, flavour->package, g_str_equal,
						 NULL) ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: package: %s has a package %s of its own",
			      flavour->path, plus->base, flavour->package);
}

bool plus_open_base(struct plus *plus, GError **error)
{
	return unpack_base(plus, error) && read_facts(plus, error) && check_name(plus, error) &&
	       fetch_left_out(plus, error) && find_tarball(plus, error) && find_configs(plus, error);
}
