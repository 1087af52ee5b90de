/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packages an advisory is about: thousands of each, and most patterns are whole names. */
#include "publish/advisory-match-internal.h"

#include <fnmatch.h>

struct repo_matcher {
	const GPtrArray *packages;
	GPtrArray *nevras;  /* of char *, one a package */
	GHashTable *places; /* nevra to GArray of indexes */
};

repo_matcher *repo_matcher_new(const GPtrArray *packages)
{
	repo_matcher *matcher = g_new0(repo_matcher, 1);

	matcher->packages = packages;
	matcher->nevras = g_ptr_array_new_with_free_func(g_free);
	matcher->places = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
						(GDestroyNotify) g_array_unref);
	for (guint i = 0; i < packages->len; i++) {
		char *nevra = ksig_rpm_package_nevra(g_ptr_array_index(packages, i));
		GArray *indexes = g_hash_table_lookup(matcher->places, nevra);
		if (!indexes) {
			indexes = g_array_new(FALSE, FALSE, sizeof(guint));
			g_hash_table_insert(matcher->places, nevra, indexes);
		}
		g_array_append_val(indexes, i);
		g_ptr_array_add(matcher->nevras, nevra);
	}
	return matcher;
}

void repo_matcher_free(repo_matcher *matcher)
{
	if (!matcher)
		return;
	g_hash_table_unref(matcher->places);
	g_ptr_array_unref(matcher->nevras);
	g_free(matcher);
}

static void match(const repo_matcher *matcher, const char *pattern, GArray *found)
{
	const GArray *exact = g_hash_table_lookup(matcher->places, pattern);

	if (exact)
		g_array_append_vals(found, exact->data, exact->len);
	if (!strpbrk(pattern, "*?[\\"))
		return;
	for (guint i = 0; i < matcher->nevras->len; i++)
		if (fnmatch(pattern, g_ptr_array_index(matcher->nevras, i), 0) == 0)
			g_array_append_val(found, i);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
	const guint x = *(const guint *) a, y = *(const guint *) b;

	return x < y ? -1 : x > y;
}

GPtrArray *repo_matcher_find(const repo_matcher *matcher, const ksig_advisory *advisory)
{
	GPtrArray *packages = g_ptr_array_new();
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(guint));

	for (char **pattern = advisory->packages; *pattern; pattern++)
		match(matcher, *pattern, found);
	g_array_sort(found, by_number);
	for (guint i = 0; i < found->len; i++)
		if (i == 0 || g_array_index(found, guint, i) != g_array_index(found, guint, i - 1))
			g_ptr_array_add(packages, matcher->packages->pdata[g_array_index(found, guint, i)]);
	return packages;
}
