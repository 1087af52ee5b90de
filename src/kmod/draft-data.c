/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was read off a source, kept until the recipe is written. */
#include "kmod/draft-data-internal.h"
#include "kmod/draft-internal.h"

void draft_pass_free(gpointer data)
{
	struct draft_pass *pass = data;

	g_free(pass->directory);
	g_string_free(pass->arguments, TRUE);
	g_string_free(pass->targets, TRUE);
	g_free(pass);
}

void draft_init(struct draft *draft)
{
	*draft = (struct draft){.modules = g_ptr_array_new_with_free_func(g_free),
				.directories = g_ptr_array_new_with_free_func(g_free),
				.options = g_ptr_array_new_with_free_func(g_free),
				.patches = g_ptr_array_new_with_free_func(g_free),
				.strips = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
				.passes = g_ptr_array_new_with_free_func(draft_pass_free),
				.notes = g_ptr_array_new_with_free_func(g_free)};
}

void draft_clear(struct draft *draft)
{
	g_free(draft->name);
	g_free(draft->version);
	g_free(draft->summary);
	g_free(draft->license);
	g_free(draft->url);
	g_free(draft->kernels);
	g_free(draft->architectures);
	g_free(draft->configure);
	g_ptr_array_unref(draft->modules);
	g_ptr_array_unref(draft->directories);
	g_ptr_array_unref(draft->options);
	g_ptr_array_unref(draft->patches);
	g_hash_table_unref(draft->strips);
	g_ptr_array_unref(draft->passes);
	g_ptr_array_unref(draft->notes);
}

void draft_add_once(GPtrArray *list, const char *word)
{
	if (*word && !g_ptr_array_find_with_equal_func(list, word, g_str_equal, NULL))
		g_ptr_array_add(list, g_strdup(word));
}

char *draft_match(const char *text, const char *pattern)
{
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}

GPtrArray *draft_matches(const char *text, const char *pattern)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	for (g_regex_match(regex, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL))
		g_ptr_array_add(found, g_match_info_fetch(match, 1));
	return found;
}
