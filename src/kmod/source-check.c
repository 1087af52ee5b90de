/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a source is what the recipe asks for: it is there, of its checksum, signed by its key. */
#include "kmod/source-check-internal.h"
#include "kmod/build-internal.h"
#include "kmod/source-git-internal.h"
#include "kmod/source-internal.h"
#include "kmod/source-tree-internal.h"
#include "elf/elf.h"
#include "rpm/rpm.h"

#include <errno.h>
#include <string.h>

/* What the recipe asks for, in words: where it is public and how it is told from another. */
static char *describe(const ksig_recipe *recipe)
{
	if (g_str_equal(recipe->source_kind, "kernel"))
		return g_strdup("a kernel's source (tarball or folder)");
	if (recipe->source_sha256)
		return g_strdup_printf("%s, sha256 %s", recipe->source_url, recipe->source_sha256);
	return g_strdup_printf("a clone of %s with revision %s", recipe->source_url, recipe->source_revision);
}

static bool check_sum(const struct ksig_kmod_build *build, GError **error)
{
	const ksig_recipe *recipe = build->recipe;
	g_autofree char *sum = recipe->source_sha256 ? ksig_file_sha256(build->source, error) : NULL;

	if (!recipe->source_sha256)
		return !g_str_equal(recipe->source_kind, "tarball") ||
		       ksig_error_set(error, KSIG_ERROR_INPUT,
				      "%s: the recipe has no sha256 of a tarball, its tree is of a folder",
				      build->source);
	return sum && (g_str_equal(sum, recipe->source_sha256) ||
		       ksig_error_set(error, KSIG_ERROR_INPUT, "%s: sha256 is %s, the recipe says %s",
				      build->source, sum, recipe->source_sha256));
}

static GBytes *read_bytes(const char *path, GError **error)
{
	size_t length = 0;
	char *content = ksig_file_read(path, build_file_limit_bytes, &length, error);

	return content ? g_bytes_new_take(content, length) : NULL;
}

/* "linux-6.1.tar.sign" is over the tar in linux-6.1.tar.xz, as kernel.org signs; "x.tar.xz.asc" over the
 * file. */
static GBytes *signed_bytes(const char *source, const char *signature, GError **error)
{
	g_autofree char *source_name = g_path_get_basename(source), *name = g_path_get_basename(signature);

	return g_str_has_prefix(name, source_name) ? read_bytes(source, error)
						   : ksig_elf_unpack_file(source, 0, error);
}

static bool check_signature(const struct ksig_kmod_build *build, GError **error)
{
	const ksig_recipe *recipe = build->recipe;
	g_autofree char *folder = g_path_get_dirname(build->source);
	g_autofree char *name = recipe->source_signature ? g_path_get_basename(recipe->source_signature)
							 : NULL;
	g_autofree char *path = name ? g_build_filename(folder, name, NULL) : NULL;
	const char *const keys[] = {recipe->source_key, NULL};

	if (!path)
		return true;
	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: its signature is expected beside it: %s",
				      build->source, recipe->source_signature);
	g_autoptr(ksig_keyring) keyring = ksig_rpm_keyring_new(keys, error);
	g_autoptr(GBytes) signature = keyring ? read_bytes(path, error) : NULL;
	g_autoptr(GBytes) data = signature ? signed_bytes(build->source, path, error) : NULL;
	if (!data)
		return false;
	if (ksig_rpm_keyring_check_data(keyring, data, signature, NULL, error))
		return true;
	g_prefix_error(error, "%s: ", path);
	return false;
}

/* A folder in the place of a tarball or of a clone is told from another by the recipe's "tree" alone. */
static bool check_folder(const struct ksig_kmod_build *build, GError **error)
{
	const ksig_recipe *recipe = build->recipe;
	const bool is_git = g_str_equal(recipe->source_kind, "git");

	if (g_str_equal(recipe->source_kind, "kernel"))
		for (char **path = recipe->source_paths; *path; path++) {
			g_autofree char *inner = g_build_filename(build->source, *path, NULL);
			if (!g_file_test(inner, G_FILE_TEST_EXISTS))
				return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no %s in it",
						      build->source, *path);
		}
	if (g_str_equal(recipe->source_kind, "kernel") && !recipe->source_tree)
		return true;
	if (is_git && ksig_kmod_source_is_repository(build->source))
		return !recipe->source_key || ksig_kmod_source_check_revision(build, error);
	g_autofree char *sum = ksig_kmod_source_tree_sum(build->source, recipe->path, error);
	if (!sum || g_strcmp0(sum, recipe->source_tree) == 0)
		return sum != NULL;
	if (recipe->source_tree)
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: its tree is %s, the recipe says %s",
				      build->source, sum, recipe->source_tree);
	return ksig_error_set(error, KSIG_ERROR_INPUT,
			      "%s: %s; for this folder the recipe has to say tree=%s", build->source,
			      is_git ? "a git repository is expected" : "the recipe's tarball is expected",
			      sum);
}

bool ksig_kmod_source_check(const struct ksig_kmod_build *build, GError **error)
{
	const ksig_recipe *recipe = build->recipe;

	if (!build->source) {
		g_autofree char *wanted = describe(recipe);
		return ksig_error_set(error, KSIG_ERROR_USAGE, "%s: its source is expected: %s (--source)",
				      recipe->name, wanted);
	}
	if (!g_file_test(build->source, G_FILE_TEST_EXISTS))
		return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: no such source", build->source);
	if (g_file_test(build->source, G_FILE_TEST_IS_DIR))
		return check_folder(build, error);
	return check_sum(build, error) && check_signature(build, error);
}
