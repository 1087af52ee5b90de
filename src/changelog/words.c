/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the grammars share: dates, CVE ids, tags, and subjects made comparable. */
#include "changelog/words-internal.h"

#include <string.h>

char *ksig_changelog_date(const char *day, const char *month, const char *year)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	guint64 day_number, year_number;

	if (strlen(month) < 3 || !g_ascii_string_to_unsigned(day, 10, 1, 31, &day_number, NULL) ||
	    !g_ascii_string_to_unsigned(year, 10, 1970, 9999, &year_number, NULL))
		return NULL;
	for (unsigned i = 0; i < 12; i++) {
		if (g_ascii_strncasecmp(month, months + 3 * (size_t) i, 3) != 0)
			continue;
		if (!g_date_valid_dmy((GDateDay) day_number, (GDateMonth) (i + 1), (GDateYear) year_number))
			return NULL;
		return g_strdup_printf("%04u-%02u-%02u", (unsigned) year_number, i + 1,
				       (unsigned) day_number);
	}
	return NULL;
}

char *ksig_changelog_take_tags(const char **inout_text)
{
	const char *at = *inout_text;
	char *first = NULL;

	while (*at == '[') {
		const size_t length = strcspn(at + 1, "[]");
		const char *after = at + 1 + length;
		/* "[arm64]foo" and "[sh4]: foo" are tags as well; "[tag]" with nothing behind it is the
		 * subject. */
		if (*after != ']')
			break;
		after += 1 + strspn(after + 1, " :");
		if (*after == '\0')
			break;
		if (!first && length > 0)
			first = g_strndup(at + 1, length);
		at = after;
	}
	*inout_text = at;
	return first;
}

/* What vendors put before a subject: "UPSTREAM: ", "UBUNTU: SAUCE: ". */
static size_t vendor_prefix_length(const char *at)
{
	static const char *const prefixes[] = {
		"upstream: ", "backport: ", "fromlist: ", "fromgit: ", "android: ",   "ubuntu: ",
		"sauce: ",    "chromium: ", "fedora: ",   "rhel: ",    "rhel-only: ", "rhel only: "};

	for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (g_ascii_strncasecmp(at, prefixes[i], strlen(prefixes[i])) == 0)
			return strlen(prefixes[i]);
	return 0;
}

/* Where the subject proper begins behind tags and vendor prefixes. */
static const char *skip_prefixes(const char *at)
{
	const char *before;

	do {
		before = at;
		g_free(ksig_changelog_take_tags(&at));
		at += vendor_prefix_length(at);
		at += strspn(at, " \t");
	} while (at != before);
	return at;
}

/* Appends the letters, digits and '_' of TEXT, folded; whatever is between them becomes one space. */
static void append_folded(GString *folded, const char *text)
{
	bool is_gap = false;

	for (; *text; text = g_utf8_next_char(text)) {
		const gunichar c = g_utf8_get_char(text);
		if (c != '_' && !g_unichar_isalnum(c)) {
			is_gap = true;
			continue;
		}
		if (is_gap && folded->len > 0)
			g_string_append_c(folded, ' ');
		is_gap = false;
		g_string_append_unichar(folded, g_unichar_tolower(c));
	}
}

char *ksig_changelog_fold(const char *subject)
{
	static const char revert[] = "revert \"";
	g_autofree char *valid = g_utf8_make_valid(subject, -1);
	GString *folded = g_string_sized_new(strlen(valid));
	const char *at = skip_prefixes(valid + strspn(valid, " \t"));

	while (g_ascii_strncasecmp(at, revert, strlen(revert)) == 0) {
		g_string_append(folded, folded->len > 0 ? " revert" : "revert");
		at = skip_prefixes(at + strlen(revert));
	}
	if (folded->len > 0)
		g_string_append_c(folded, ' ');
	append_folded(folded, at);
	return g_string_free(folded, FALSE);
}
