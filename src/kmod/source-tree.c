/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checksum of a source that is a folder, as a tarball has one: that of a text with a line for each file
 * and link below it, in the order of their paths: the path, whether it can be run, the checksum of its
 * content. A repository's own folder (.git) is not part of it, nor is the recipe that has the checksum.
 */
#include "kmod/source-tree-internal.h"

#include <glib/gstdio.h>
#include <string.h>

enum { TREE_FILES_MAX = 1 << 20, TREE_DEPTH_MAX = 32 };

static char *sum_of_link(const char *path)
{
	g_autofree char *target = g_file_read_link(path, NULL);

	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, target ? target : "", -1);
}

static bool add_entry(GPtrArray *lines, const char *path, const char *name, GError **error)
{
	GStatBuf status = {0};
	const bool there = g_lstat(path, &status) == 0, link = there && S_ISLNK(status.st_mode);
	g_autofree char *sum = link ? sum_of_link(path) : ksig_file_sha256(path, error);

	if (sum)
		g_ptr_array_add(lines, g_strdup_printf("%s\t%c\t%s", name,
						       link                       ? 'l'
						       : status.st_mode & S_IXUSR ? 'x'
										  : '-',
						       sum));
	return sum != NULL;
}

static bool add_entries(GPtrArray *lines, const char *folder, const char *below, const char *without,
			int depth, GError **error)
{
	g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
	const char *name;

	while (listing && (name = g_dir_read_name(listing))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *inner = *below ? g_build_filename(below, name, NULL) : g_strdup(name);
		const bool is_folder = g_file_test(path, G_FILE_TEST_IS_DIR) &&
				       !g_file_test(path, G_FILE_TEST_IS_SYMLINK);
		if (g_str_equal(inner, ".git") || g_strcmp0(inner, without) == 0)
			continue;
		if (lines->len >= TREE_FILES_MAX || depth > TREE_DEPTH_MAX)
			return ksig_error_set(error, KSIG_ERROR_INPUT, "%s: too many files, or too deep",
					      path);
		if (is_folder ? !add_entries(lines, path, inner, without, depth + 1, error)
			      : !add_entry(lines, path, inner, error))
			return false;
	}
	return listing || ksig_error_set(error, KSIG_ERROR_INPUT, "%s: it cannot be read", folder);
}

/* The name below FOLDER of the file RECIPE (NULL: none); NULL: it is elsewhere. */
static char *name_below(const char *folder, const char *recipe)
{
	g_autofree char *parent = g_canonicalize_filename(folder, NULL);
	g_autofree char *path = recipe ? g_canonicalize_filename(recipe, NULL) : NULL;
	const size_t length = strlen(parent);

	return path && g_str_has_prefix(path, parent) && path[length] == '/' ? g_strdup(path + length + 1)
									     : NULL;
}

char *ksig_kmod_source_tree_sum(const char *folder, const char *recipe, GError **error)
{
	g_autofree char *without = name_below(folder, recipe);
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

	if (!add_entries(lines, folder, "", without, 0, error))
		return NULL;
	g_ptr_array_sort(lines, ksig_by_string);
	g_ptr_array_add(lines, NULL);
	g_autofree char *text = g_strjoinv("\n", (char **) lines->pdata);
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}
