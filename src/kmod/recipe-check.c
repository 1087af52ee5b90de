/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recipe may say. A key or group that is not known is an error, not ignored. */
#include "kmod/recipe-check-internal.h"

#include <string.h>

enum { SHA256_DIGITS = 64, STRIP_MAX = 20 };

static const char *const module_keys[] = {
	"name",          "summary",  "description", "version",   "license",  "url",           "kernels",
	"modules",       "firmware", "userspace",   "in_tree",   "devices",  "maintainer",    "elsewhere",
	"architectures", "release",  "changelog",   "initramfs", "modprobe", "license_files", NULL};
static const char *const source_keys[] = {"kind", "paths",    "exclude",  "url",  "sha256", "signature",
					  "key",  "revision", "measured", "tree", NULL};
static const char *const pass_keys[] = {"directory", "make", "targets", "arguments", "objects", NULL};
static const char *const patch_keys[] = {"file", "kernels", "strip", "reason", NULL};
static const char *const prepare_keys[] = {"configure", "substitute", "tools", NULL};

static bool is_known(const char *key, const char *const *keys)
{
	return g_strv_contains(keys, key);
}

/* The keys that GROUP may have; NULL: no such group. [options] takes any: they are Kconfig symbols. */
static const char *const *keys_of(const char *group)
{
	if (g_str_equal(group, "module"))
		return module_keys;
	if (g_str_equal(group, "source"))
		return source_keys;
	if (g_str_equal(group, "prepare"))
		return prepare_keys;
	if (g_str_has_prefix(group, "pass "))
		return pass_keys;
	return g_str_has_prefix(group, "patch ") ? patch_keys : NULL;
}

static bool check_make(const char *path, GKeyFile *file, const char *group, GError **error)
{
	g_autofree char *make = g_key_file_get_string(file, group, "make", NULL);

	return !make || g_str_equal(make, "kernel") || g_str_equal(make, "own") ||
	       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [%s] make is kernel or own, not \"%s\"", path,
			      group, make);
}

bool recipe_group_is_options(const char *group)
{
	return g_str_equal(group, "options") || g_str_has_prefix(group, "options ");
}

bool recipe_check_group(const char *path, GKeyFile *file, const char *group, GError **error)
{
	const char *const *known = keys_of(group);
	g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);

	if (recipe_group_is_options(group))
		return true;
	if (!known)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [%s] is not a group of a recipe", path,
				      group);
	for (char **key = keys; key && *key; key++) {
		if (is_known(*key, known))
			continue;
		const char *near = ksig_nearest(*key, known, g_strv_length((char **) known));
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [%s] has no key \"%s\" (\"%s\"?)", path,
				      group, *key, near);
	}
	return check_make(path, file, group, error);
}

bool recipe_is_name(const char *name)
{
	return name && *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(name);
}

/* What goes into a makefile's command line or a spec: letters that mean nothing to a shell or to RPM. */
bool recipe_word_is_plain(const char *word)
{
	return strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./+,:@") ==
	       strlen(word);
}

bool recipe_argument_is_plain(const char *argument)
{
	g_autofree char *joined = g_strdelimit(g_strdup(argument), " ", '.');

	return recipe_word_is_plain(joined);
}

/* A make's, which may have blanks: "EXTRA=a b". */
static bool check_arguments(const char *path, char **arguments, GError **error)
{
	for (; *arguments; arguments++)
		if (!recipe_argument_is_plain(*arguments))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"%s\" is not a plain word", path,
					      *arguments);
	return true;
}

static bool check_words(const char *path, char **list, bool paths, GError **error)
{
	for (; list && *list; list++)
		if (!recipe_word_is_plain(*list) ||
		    (paths && !g_str_equal(*list, ".") && !ksig_path_is_safe(*list)))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"%s\" is not a plain word%s",
					      path, *list, paths ? " or leads out of its folder" : "");
	return true;
}

/* Its name stands in the spec. */
static bool check_patch(const char *path, const struct ksig_recipe_patch *patch, GError **error)
{
	g_autofree char *name = patch->file ? g_path_get_basename(patch->file) : NULL;
	char *words[] = {name, NULL};

	if (!name)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: a [patch NAME] without file", path);
	if (patch->strip < 0 || patch->strip > STRIP_MAX)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: strip of %s is a number from 0 to %d",
				      path, name, STRIP_MAX);
	return check_words(path, words, false, error) &&
	       ksig_kmod_recipe_range_check(path, patch->kernels, error);
}

/* As Kconfig has them for make and the compiler; a string would need quotes, which no word here has. */
static bool check_option(const char *path, const struct ksig_recipe_option *option, GError **error)
{
	if (!g_regex_match_simple("^CONFIG_[A-Za-z0-9_]+=", option->setting, G_REGEX_RAW, 0))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [options] %s is not a Kconfig symbol",
				      path, option->setting);
	if (!g_regex_match_simple("=(y|m|n|-?[0-9]+|0[xX][0-9a-fA-F]+)$", option->setting, G_REGEX_RAW, 0))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [options] %s: y, m, n or a number", path,
				      option->setting);
	return ksig_kmod_recipe_range_check(path, option->kernels, error);
}

static bool check_modules(const char *path, char **modules, GError **error)
{
	for (char **module = modules; *module; module++)
		if (g_strv_contains((const char *const *) module + 1, *module))
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [module] names %s twice", path,
					      *module);
	return check_words(path, modules, false, error);
}

static bool check_passes(const char *path, const struct ksig_recipe *recipe, GError **error)
{
	for (guint i = 0; i < recipe->passes->len; i++) {
		const struct ksig_recipe_pass *pass = g_ptr_array_index(recipe->passes, i);
		char *directory[] = {pass->directory, NULL};
		if (!pass->directory)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [pass %s] has no directory", path,
					      pass->name);
		if (!check_words(path, directory, true, error) ||
		    !check_words(path, pass->targets, false, error) ||
		    !check_words(path, pass->objects, false, error) ||
		    !check_arguments(path, pass->arguments, error))
			return false;
	}
	return recipe->passes->len > 0 || ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no [pass NAME]", path);
}

static bool check_source(const char *path, const struct ksig_recipe *recipe, GError **error)
{
	static const char *const kinds[] = {"kernel", "tarball", "git", NULL};

	if (!recipe->source_kind || !g_strv_contains(kinds, recipe->source_kind))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [source] kind is kernel, tarball or git",
				      path);
	if (g_str_equal(recipe->source_kind, "kernel"))
		return *recipe->source_paths
			       ? check_words(path, recipe->source_paths, true, error)
			       : ksig_error_set(error, KSIG_ERROR_INPUT,
						"%s: [source] names no paths of the kernel", path);
	if (!recipe->source_url)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [source] has no url", path);
	if (g_str_equal(recipe->source_kind, "tarball") &&
	    (recipe->source_sha256 ? strlen(recipe->source_sha256) != SHA256_DIGITS : !recipe->source_tree))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [source] of a tarball needs its sha256",
				      path);
	const bool is_git = g_str_equal(recipe->source_kind, "git");
	if (is_git ? recipe->source_signature != NULL : !recipe->source_signature != !recipe->source_key)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      is_git ? "%s: [source] of git has its signature in the revision: key "
					       "alone"
					     : "%s: [source] signature and key go together",
				      path);
	if (g_str_equal(recipe->source_kind, "git") && !recipe->source_revision)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [source] of git needs a revision", path);
	return true;
}

/* Lines of modprobe.d stand in a here-document of the spec. */
static bool check_modprobe(const char *path, char **lines, GError **error)
{
	for (; lines && *lines; lines++)
		if (strpbrk(*lines, "%\n\\") || g_str_equal(*lines, "END"))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: modprobe \"%s\" is not a line that a spec takes", path,
					      *lines);
	return true;
}

/* What is none of these would quietly be no kernel's. */
static bool check_architectures(const char *path, char **architectures, GError **error)
{
	static const char *const names[] = {"x86_64", "aarch64", "ppc64le", "s390x",       "riscv64",
					    "i686",   "armv7hl", "ppc64",   "loongarch64", NULL};

	for (char **name = architectures; name && *name; name++)
		if (!g_strv_contains(names, *name))
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: \"%s\" is not what RPM calls an architecture (\"%s\"?)",
					      path, *name,
					      ksig_nearest(*name, names, G_N_ELEMENTS(names) - 1));
	return true;
}

static bool check_package(const char *path, const struct ksig_recipe *recipe, GError **error)
{
	static const char *const ways[] = {"no", "rebuild", "always", NULL};

	if (recipe->initramfs && !g_strv_contains(ways, recipe->initramfs))
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: initramfs is no, rebuild or always, not \"%s\"", path,
				      recipe->initramfs);
	if (recipe->source_tree && strlen(recipe->source_tree) != SHA256_DIGITS)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: tree is a checksum of %d digits", path,
				      SHA256_DIGITS);
	return check_architectures(path, recipe->architectures, error) &&
	       check_words(path, recipe->license_files, true, error) &&
	       check_modprobe(path, recipe->modprobe, error);
}

bool recipe_check(const char *path, const struct ksig_recipe *recipe, GError **error)
{
	if (!recipe_is_name(recipe->name))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [module] has no name of small letters",
				      path);
	if (!recipe->summary || !recipe->version || !recipe->license)
		return ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: [module] needs summary, version and license", path);
	if (!g_regex_match_simple("^[A-Za-z0-9._+~^]+$", recipe->version,
				  G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: \"%s\" is not a version that RPM takes",
				      path, recipe->version);
	if (!*recipe->modules)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: [module] names no modules", path);
	for (guint i = 0; i < recipe->options->len; i++)
		if (!check_option(path, g_ptr_array_index(recipe->options, i), error))
			return false;
	for (guint i = 0; i < recipe->patches->len; i++)
		if (!check_patch(path, g_ptr_array_index(recipe->patches, i), error))
			return false;
	return ksig_kmod_recipe_range_check(path, recipe->kernels, error) &&
	       check_modules(path, recipe->modules, error) &&
	       check_words(path, recipe->tools, false, error) &&
	       check_words(path, recipe->source_exclude, true, error) &&
	       check_words(path, recipe->configure, false, error) && check_source(path, recipe, error) &&
	       check_passes(path, recipe, error) && check_package(path, recipe, error);
}
