/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which other folders of objects a folder of objects has: git's objects/info/alternates. */
#include "base/base.h"

enum { ALTERNATES_BYTES = 1 << 20 };

/* The folder that LINE names; NULL: none. */
static char *alternate_of(const char *objects, const char *line)
{
	g_autofree char *plain = ksig_git_unquote(line, strlen(line));

	return *plain && *plain != '#' ? g_canonicalize_filename(plain, objects) : NULL;
}

GPtrArray *ksig_git_alternates(const char *objects, GError **error)
{
	g_autoptr(GPtrArray) alternates = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = g_build_filename(objects, "info", "alternates", NULL);

	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return g_steal_pointer(&alternates);
	g_autofree char *text = ksig_file_read(path, ALTERNATES_BYTES, NULL, error);
	g_auto(GStrv) lines = text ? g_strsplit(text, "\n", -1) : NULL;
	for (char **line = lines; line && *line; line++) {
		char *alternate = alternate_of(objects, *line);
		if (alternate)
			g_ptr_array_add(alternates, alternate);
	}
	return text ? g_steal_pointer(&alternates) : NULL;
}
