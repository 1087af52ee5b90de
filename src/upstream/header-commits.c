/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commits that a message says it fixes or takes back, in fields and in prose. */
#include "upstream/header-commits-internal.h"
#include "upstream/header-internal.h"
#include "upstream/header-words-internal.h"

#include <string.h>

static void add_commit(struct ksig_header_scan *scan, GPtrArray *commits, const char *kind, const char *at)
{
	const size_t n = ksig_header_hex_length(at);

	if (n < KSIG_HEADER_SHORT_ID_DIGITS || n > KSIG_HEADER_ID_DIGITS || g_ascii_isalnum(at[n]))
		return;
	g_autofree char *id = g_ascii_strdown(at, (gssize) n);
	if (ksig_header_is_new(scan, kind, id))
		g_ptr_array_add(commits, g_steal_pointer(&id));
}

bool ksig_header_next_id(const char **inout_at, const char *end, size_t *out_digits)
{
	static const char opening[] = "\"'<[", closing[] = ".,;:\"'>])";

	for (const char *at = *inout_at; at < end;) {
		while (at < end && strchr(" \t\r,", *at))
			at++;
		if (at < end && *at == '(')
			return false; /* the subject: its words are no ids */
		while (at < end && *at && strchr(opening, *at))
			at++;
		const char *word = at;
		while (at < end && g_ascii_isxdigit(*at))
			at++;
		const size_t digits = (size_t) (at - word);
		while (at < end && *at && strchr(closing, *at))
			at++;
		if (digits >= KSIG_HEADER_SHORT_ID_DIGITS && digits <= KSIG_HEADER_ID_DIGITS &&
		    (at == end || strchr(" \t\r(", *at))) {
			*out_digits = digits;
			*inout_at = word;
			return true;
		}
		while (at < end && !strchr(" \t\r,", *at))
			at++;
	}
	return false;
}

/* "Fixes: ID", "Fixes: commit ID", "Fixes: ID, ID". */
static void add_ids(struct ksig_header_scan *scan, GPtrArray *commits, const char *kind, const char *at)
{
	const char *end = at + strlen(at);

	for (size_t digits = 0; ksig_header_next_id(&at, end, &digits); at += digits)
		add_commit(scan, commits, kind, at);
}

void ksig_header_scan_commits(struct ksig_header_scan *scan, const char *line)
{
	const char *at = ksig_header_skip_word(line, "Fixes:");

	if (at)
		add_ids(scan, scan->header->fixes, "fixes ", at);
	if ((at = ksig_header_skip_word(line, "Reverts:")))
		add_ids(scan, scan->header->reverts, "reverts ", at);
}

/*
 * Where the text before AT, white space aside, ends with WORDS (any case), and these are not the end of a
 * longer word: where they begin. NULL: it does not.
 */
static const char *ends_with(const char *text, const char *at, const char *words)
{
	const char *word = words + strlen(words);

	while (at > text && g_ascii_isspace(at[-1]))
		at--;
	while (word > words && at > text) {
		if (word[-1] == ' ' && g_ascii_isspace(at[-1])) {
			while (at > text && g_ascii_isspace(at[-1]))
				at--;
		} else if (g_ascii_tolower(at[-1]) == word[-1]) {
			at--;
		} else {
			return NULL;
		}
		word--;
	}
	return word == words && (at == text || !g_ascii_isalnum(at[-1])) ? at : NULL;
}

static const char *ends_with_one(const char *text, const char *at, const char *const *phrases)
{
	const char *begin = NULL;

	for (; !begin && *phrases; phrases++)
		begin = ends_with(text, at, *phrases);
	return begin;
}

/* Whether what stands before an id makes the commit the one that needs this patch. */
static bool is_blame(const char *text, const char *at)
{
	static const char *const blames[] = {"follow-up for", "follow-up to", "follow-ups for",
					     "follow-ups to", "followup for", "followup to",
					     "follow up for", "follow up to", "fixup for",
					     "fix-up for",    "caused by",    "broken by",
					     "broken in",     "broken since", "regressed in",
					     "regression in", "bug in",       NULL};
	static const char *const brought[] = {"introduced by", "introduced in", "introduced with", NULL};
	static const char *const flaws[] = {"bug",  "regression", "issue",   "problem",
					    "leak", "breakage",   "mistake", NULL};

	const char *before = ends_with(text, at, "commit");
	at = before ? before : at;
	while (at > text && (g_ascii_isspace(at[-1]) || at[-1] == ':'))
		at--;
	if (ends_with_one(text, at, blames))
		return true;
	const char *introduced = ends_with_one(text, at, brought);
	if (!introduced)
		return false;
	const char *was = ends_with(text, introduced, "was");
	return ends_with_one(text, was ? was : introduced, flaws) != NULL;
}

void ksig_header_scan_blames(struct ksig_header_scan *scan, const char *text)
{
	for (const char *at = text; *at; at++) {
		const size_t n = ksig_header_hex_length(at);
		if (n >= KSIG_HEADER_SHORT_ID_DIGITS && n <= KSIG_HEADER_ID_DIGITS &&
		    (at == text || !g_ascii_isalnum(at[-1])) && is_blame(text, at))
			add_commit(scan, scan->header->fixes, "fixes ", at);
		at += n > 0 ? n - 1 : 0;
	}
}

/* Whether the word before AT makes "reverts commit X" this patch's own deed. */
static bool is_own_deed(const char *text, const char *at)
{
	static const char *const words[] = {"this", "partially", "partly", "effectively", "essentially"};

	while (at > text && g_ascii_isspace(at[-1]))
		at--;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		const size_t n = strlen(words[i]);
		if ((size_t) (at - text) >= n && g_ascii_strncasecmp(at - n, words[i], n) == 0)
			return true;
	}
	return false;
}

static const char *skip_words(const char *at)
{
	static const char *const words[] = {"and", "commits", "commit"};

	at += strspn(at, ", \t\n");
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_str_has_prefix(at, words[i]) && g_ascii_isspace(at[strlen(words[i])]))
			at += strlen(words[i]) + strspn(at + strlen(words[i]), " \t\n");
	return at;
}

void ksig_header_scan_reverts(struct ksig_header_scan *scan, const char *text)
{
	for (const char *at = text; (at = strstr(at, "reverts")) != NULL; at += strlen("reverts")) {
		const char *words = at + strlen("reverts");
		words += strspn(words, " \t\n");
		const char *id = g_str_has_prefix(words, "commit") ? skip_words(words) : words;
		if (id == words || !is_own_deed(text, at))
			continue;
		for (size_t n; (n = ksig_header_hex_length(id)) >= KSIG_HEADER_SHORT_ID_DIGITS &&
			       n <= KSIG_HEADER_ID_DIGITS;
		     id = skip_words(id + n))
			add_commit(scan, scan->header->reverts, "reverts ", id);
	}
}
