/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/base.h"

char *ksig_number(uint64_t number)
{
	g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, number);
	const size_t length = strlen(digits);
	GString *grouped = g_string_sized_new(length + length / 3);

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			g_string_append_c(grouped, ',');
		g_string_append_c(grouped, digits[i]);
	}
	return g_string_free(grouped, FALSE);
}

char *ksig_utf8(const char *string, gssize length_bytes)
{
	g_autofree char *valid = g_utf8_make_valid(string, length_bytes);
	GString *clean = g_string_sized_new(strlen(valid));

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		const gunichar c = g_utf8_get_char(at);
		if (c == '\n' || c == '\t' || !g_unichar_iscntrl(c))
			g_string_append_unichar(clean, c);
	}
	return g_string_free(clean, FALSE);
}

/* Levenshtein's distance of A and B in bytes. */
static size_t distance(const char *a, const char *b)
{
	const size_t width = strlen(b) + 1;
	g_autofree size_t *row = g_new(size_t, width);

	for (size_t j = 0; j < width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j < width; j++) {
			const size_t changed = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[width - 1];
}

const char *ksig_nearest(const char *word, const char *const *words, size_t n_words)
{
	const char *nearest = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < n_words; i++) {
		const size_t far = distance(word, words[i]);
		if (far < least) {
			least = far;
			nearest = words[i];
		}
	}
	return nearest;
}

/* The length of the CVE id at AT ("CVE-2022-2602"), 0 if there is none. */
static size_t cve_length(const char *at)
{
	const size_t year = 4, digits = strspn(at + strlen("CVE-"), "0123456789");

	if (digits != year || at[8] != '-')
		return 0;
	const size_t serial = strspn(at + 9, "0123456789");
	return serial >= 4 && serial <= 19 ? 9 + serial : 0;
}

GStrv ksig_cves(const char *text)
{
	g_autoptr(GStrvBuilder) found = NULL;
	g_autoptr(GHashTable) seen = NULL;
	const char *at = text;

	/* Nearly every entry has none: that must cost no allocation but the empty vector. */
	while ((at = strpbrk(at, "Cc")) != NULL) {
		const size_t length = g_ascii_strncasecmp(at, "CVE-", 4) == 0 ? cve_length(at) : 0;

		if (length > 0 && (at == text || !g_ascii_isalnum(at[-1]))) {
			if (!found) {
				found = g_strv_builder_new();
				seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
			}
			char *id = g_ascii_strup(at, (gssize) length);
			const char *copy = id;
			if (g_hash_table_add(seen, id))
				g_strv_builder_add(found, copy);
		}
		at += MAX(length, 1);
	}
	return found ? g_strv_builder_end(found) : g_new0(char *, 1);
}

char *ksig_c_without_comments(const char *text)
{
	char *copy = g_strdup(text);
	char quote = '\0';

	for (char *at = copy; *at; at++) {
		if (quote) {
			at += *at == '\\' && at[1] ? 1 : 0;
			quote = *at == quote || *at == '\n' ? '\0' : quote;
		} else if (*at == '"' || *at == '\'') {
			quote = *at;
		} else if (at[0] == '/' && (at[1] == '*' || at[1] == '/')) {
			const bool line = at[1] == '/';
			const char *end = strstr(at + 2, line ? "\n" : "*/");
			const size_t length = end ? (size_t) (end - at) + (line ? 0 : 2) : strlen(at);
			for (size_t i = 0; i < length; i++)
				at[i] = at[i] == '\n' ? '\n' : ' ';
			at += length - 1;
		}
	}
	return copy;
}
