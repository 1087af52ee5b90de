/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines quote the changelog. Packages carry their changelog in the tree, too; there each entry names
 * all that it is about, and is about none of it. A line is a quotation if, behind its bullet, it is an
 * entry's text or, where entries are wrapped, the beginning of one.
 */
#include "assign/quotes-internal.h"

#include <stdlib.h>
#include <string.h>

enum { WRAPPED_LENGTH = 40 }; /* a line that goes on in the next one has this many bytes */

struct entry_quotes {
	GPtrArray *texts; /* const char *, sorted */
};

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

entry_quotes *quotes_of_entries(const ksig_entry_set *entries)
{
	if (!entries)
		return NULL;
	entry_quotes *quotes = g_new0(entry_quotes, 1);

	quotes->texts = g_ptr_array_sized_new(entries->matches->len);
	for (guint e = 0; e < entries->matches->len; e++)
		g_ptr_array_add(quotes->texts,
				g_array_index(entries->matches, struct ksig_entry_match, e).entry->text);
	g_ptr_array_sort(quotes->texts, compare_texts);
	return quotes;
}

void entry_quotes_free(entry_quotes *quotes)
{
	if (!quotes)
		return;
	g_ptr_array_unref(quotes->texts);
	g_free(quotes);
}

/* What stands behind the bullet of LINE, or NULL. */
static char *behind_bullet(const char *line, size_t length)
{
	size_t at = 0;

	while (at < length && g_ascii_isspace(line[at]))
		at++;
	if (at + 1 >= length || !strchr("-*", line[at]) || !g_ascii_isspace(line[at + 1]))
		return NULL;
	return g_strstrip(g_strndup(line + at + 1, length - at - 1));
}

/* The first text that does not stand before WORDS; all that begin with WORDS follow one another there. */
static const char *first_from(const GPtrArray *texts, const char *words)
{
	guint low = 0;

	for (guint high = texts->len; low < high;) {
		const guint middle = low + (high - low) / 2;
		if (strcmp(texts->pdata[middle], words) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < texts->len ? texts->pdata[low] : "";
}

bool quotes_line(const entry_quotes *quotes, const char *line, size_t length)
{
	g_autofree char *words = quotes ? behind_bullet(line, length) : NULL;

	if (!words || *words == '\0')
		return false;
	const char *text = first_from(quotes->texts, words);
	return g_str_equal(text, words) || (strlen(words) >= WRAPPED_LENGTH && g_str_has_prefix(text, words));
}
