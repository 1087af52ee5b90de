/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a source may have the text of a recipe's licence. */
#include "kmod/license-internal.h"

#include <string.h>

/* "GPL-2.0" of "GPL-2.0-only", "GPL-2.0-or-later" and "GPL-2.0+": a kernel's tree has one text for the three.
 */
static char *without_versions(const char *id)
{
	static const char *const ends[] = {"-only", "-or-later", "+"};

	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		if (g_str_has_suffix(id, ends[i]))
			return g_strndup(id, strlen(id) - strlen(ends[i]));
	return g_strdup(id);
}

char **ksig_kmod_license_patterns(const ksig_recipe *recipe)
{
	static const char *const folders[] = {"preferred", "dual", "deprecated", "exceptions"};
	g_auto(GStrv) words = g_strsplit_set(recipe->license, " ()", -1);
	GPtrArray *patterns = g_ptr_array_new();

	g_ptr_array_add(patterns, g_strdup("COPYING*"));
	g_ptr_array_add(patterns, g_strdup("LICENSE*"));
	g_ptr_array_add(patterns, g_strdup("LICENCE*"));
	for (char **word = words; *word; word++) {
		if (!**word || g_str_equal(*word, "AND") || g_str_equal(*word, "OR") ||
		    g_str_equal(*word, "WITH"))
			continue;
		g_autofree char *id = without_versions(*word);
		for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
			g_ptr_array_add(patterns, g_strdup_printf("LICENSES/%s/%s", folders[i], id));
		g_ptr_array_add(patterns, g_strdup_printf("LICENSES/%s.txt", *word));
	}
	g_ptr_array_add(patterns, NULL);
	return (char **) g_ptr_array_free(patterns, FALSE);
}
