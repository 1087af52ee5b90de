/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands in any text and can be told by its form alone: CVE ids, and tickets of well-known trackers. */
#include "base/base.h"

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

/* ---- what claims a fix ---------------------------------------------------------------------------- */

/* Where the sentence that AT stands in begins: behind a full stop, a blank line or a list's dash. */
static const char *sentence_begin(const char *text, const char *at)
{
	for (; at > text; at--) {
		if ((at[-1] == '.' || at[-1] == ';') && g_ascii_isspace(*at))
			return at;
		if (at[-1] == '\n' && (*at == '\n' || *at == '-' || *at == '*'))
			return at;
	}
	return text;
}

static const char *sentence_end(const char *at)
{
	for (; *at; at++) {
		if ((*at == '.' || *at == ';') && (at[1] == '\0' || g_ascii_isspace(at[1])))
			return at;
		if (*at == '\n' && (at[1] == '\n' || at[1] == '-' || at[1] == '*'))
			return at;
	}
	return at;
}

/* FROM … TO in small letters, runs of white space one blank, a blank around all. */
static char *folded(const char *from, const char *to)
{
	GString *text = g_string_new(" ");

	for (; from < to; from++)
		if (!g_ascii_isspace(*from))
			g_string_append_c(text, g_ascii_tolower(*from));
		else if (text->str[text->len - 1] != ' ')
			g_string_append_c(text, ' ');
	return g_string_free(g_string_append_c(text, ' '), FALSE);
}

/* No fix, whoever says it and where. */
static const char *const denied[] = {
	"unfixed",      "unpatched",      "unresolved",  "not fix",     "not yet fix",   "n't fix",
	"no fix for",   "without fixing", "not address", "n't address", "not resolve",   "n't resolve",
	"not mitigate", "not solve",      "known issue", "open issue",  "vulnerable to", NULL};
/* Another flaw, or another's fix: what a sentence says of the id at its end. */
static const char *const compared[] = {"similar to",
				       "same as",
				       "variant of",
				       "see also",
				       "see cve",
				       "such as",
				       "e.g.",
				       "follow-up",
				       "follow up",
				       "followup",
				       "like cve",
				       "fix for the fix",
				       "after the fix",
				       "since the fix",
				       "by the fix",
				       "from the fix",
				       "of the fix",
				       "to the fix",
				       "for the fix",
				       "reverts",
				       "incomplete",
				       "unrelated to",
				       "prerequisite",
				       "first step",
				       "a step t",
				       "towards fix",
				       "toward fix",
				       "groundwork",
				       "partially fix",
				       "partly fix",
				       "partial fix",
				       "helps fix",
				       "help fix",
				       "helps with",
				       NULL};
/* The same in prose; where the id stands alone in parentheses they are words of what was done. */
static const char *const loose[] = {"related to", "relates to",  "introduced ", "introduces ",
				    "caused by",  "broken by",   "broke ",      "regress",
				    "unlike",     "preparation", "prepare",     "partial",
				    "partly",     "mitigat",     "part 1 ",     NULL};
static const char *const behind[] = {" is not fixed",  " are not fixed", " not fixed",  " not affected",
				     " remain",        " is still",      " are still",  " unfixed",
				     " does not appl", " introduced",    " regression", NULL};

/* Where the parenthesis begins that AT stands in with other ids, or short names, alone; NULL: in none. */
static const char *parenthesis_of(const char *text, const char *at)
{
	enum { INSIDE_BYTES = 120 };
	const char *begin = at;

	while (begin > text && at - begin < INSIDE_BYTES && !strchr("().;:", begin[-1]))
		begin--;
	if (begin == text || begin[-1] != '(')
		return NULL;
	g_autofree char *inside = folded(begin, at);
	return ksig_text_has_any(inside, denied) || ksig_text_has_any(inside, compared) ||
			       ksig_text_has_any(inside, loose)
		       ? NULL
		       : begin - 1;
}

/*
 * Whether the sentence around the id says that this is not its fix. A title that ends with "(CVE-…)" says
 * what was done about it, whatever its words are: "fix a leak related to the device (CVE-…)".
 */
static bool is_disclaimed(const char *text, const char *at, const char *end)
{
	const char *parenthesis = parenthesis_of(text, at);
	const bool in_title = !g_strstr_len(text, at - text, "\n\n");
	g_autofree char *ahead = folded(sentence_begin(text, at), parenthesis ? parenthesis : at);
	g_autofree char *rest = folded(end, sentence_end(end));

	if (ksig_text_has_any(ahead, denied))
		return true;
	if (parenthesis && in_title)
		return false;
	return ksig_text_has_any(ahead, compared) || ksig_text_has_any(rest, behind) ||
	       (!parenthesis && ksig_text_has_any(ahead, loose));
}

/* What stands between the beginning of AT's line and AT. */
static char *line_before(const char *text, const char *at)
{
	const char *begin = at;

	while (begin > text && begin[-1] != '\n')
		begin--;
	return folded(begin, at);
}

/* An address, a footnote, or a field that lists what to read. SUSE's References: has its tickets, and is a
 * claim. */
static bool is_pointer(const char *text, const char *at)
{
	static const char *const fields[] = {
		" references: ", " see-also: ", " related: ", " link: ", " url: ", NULL};
	static const char *const trackers[] = {"bsc#", "bnc#", "boo#", NULL};
	const char *word = at;
	g_autofree char *line = line_before(text, at);

	while (word > text && !g_ascii_isspace(word[-1]))
		word--;
	if (memmem(word, (size_t) (at - word), "://", 3))
		return true;
	for (size_t i = 0; fields[i]; i++)
		if (g_str_has_prefix(line, fields[i]))
			return !ksig_text_has_any(line, trackers);
	return line[1] == '[' && g_ascii_isdigit(line[2]);
}

/* "CVE: CVE-…", "Fixes: CVE-…": the line says nothing else. */
static bool is_field(const char *text, const char *at)
{
	g_autofree char *line = line_before(text, at);

	return g_str_has_prefix(line, " cve: ") || g_str_has_prefix(line, " fixes: ");
}

/* What a revert names is its subject's, not its own, unless its title goes on: 'Revert "…" (CVE-…)'. */
static bool is_taken_back(const char *text, const char *at)
{
	const char *body = strstr(text, "\n\n");
	const char *quote = memrchr(text, '"', body ? (size_t) (body - text) : strlen(text));

	return g_ascii_strncasecmp(text, "revert \"", 8) == 0 && (at < quote || (body && at > body));
}

bool ksig_cve_is_claimed(const char *text, const char *cve)
{
	const size_t length = strlen(cve);

	for (const char *at = text; (at = strcasestr(at, cve)) != NULL; at += length) {
		const char *end = at + length;
		if (g_ascii_isdigit(*end) || (at > text && g_ascii_isalnum(at[-1])))
			continue;
		if (is_field(text, at))
			return true;
		const char *brace = at;
		while (brace > text && !strchr("{}\n", brace[-1]))
			brace--;
		if (brace > text && brace[-1] == '{')
			return true;
		if (!is_taken_back(text, at) && !is_pointer(text, at) && !is_disclaimed(text, at, end))
			return true;
	}
	return false;
}

/* ---- tickets ------------------------------------------------------------------------------------- */

/* How a tracker's tickets are written, and what of that is kept before the number. */
static const struct tracker {
	const char *before, *kept;
	size_t digits; /* at least */
} trackers[] = {
	{"https://bugs.launchpad.net/bugs/", "https://bugs.launchpad.net/bugs/", 4},
	{"https://bugs.debian.org/cgi-bin/bugreport.cgi?bug=", "#", 4},
	{"https://bugs.debian.org/", "#", 4},
	{"https://bugzilla.redhat.com/show_bug.cgi?id=", "", 5},
	{"https://bugzilla.redhat.com/", "", 5},
	{"https://issues.redhat.com/browse/RHEL-", "RHEL-", 1},
	{"rhbz#", "", 5},
	{"rhbz ", "", 5},
	{"bz#", "", 5},
	{"bsc#", "bsc#", 5},
	{"bnc#", "bnc#", 5},
	{"boo#", "boo#", 5},
	{"jsc#", "jsc#", 0},
	{"LP: #", "https://bugs.launchpad.net/bugs/", 4},
	{"RHEL-", "RHEL-", 1},
};

/* The length of what follows BEFORE at AT: a number, or (jsc#) PROJECT-number; 0: it is none. */
static size_t ticket_length(const char *at, const struct tracker *tracker)
{
	const size_t project = tracker->digits == 0 ? strspn(at, G_CSET_A_2_Z) : 0;
	const size_t dash = tracker->digits == 0 && project > 1 && at[project] == '-' ? 1 : 0;
	const size_t digits = strspn(at + project + dash, G_CSET_DIGITS);

	if (digits < MAX(tracker->digits, 1) || digits > 12 || (tracker->digits == 0 && !dash) ||
	    g_ascii_isalpha(at[project + dash + digits]))
		return 0;
	return project + dash + digits;
}

/* The ticket that begins at AT, and its length; NULL: none does. */
static char *ticket_at(const char *at, size_t *out_length)
{
	for (size_t i = 0; i < G_N_ELEMENTS(trackers); i++) {
		const size_t before = strlen(trackers[i].before);
		/* RHEL-8 is a product: its tickets are written in capitals, and longer. */
		const bool is_there = i + 1 == G_N_ELEMENTS(trackers)
					      ? strncmp(at, trackers[i].before, before) == 0 &&
							strspn(at + before, G_CSET_DIGITS) >= 3
					      : g_ascii_strncasecmp(at, trackers[i].before, before) == 0;
		const size_t length = is_there ? ticket_length(at + before, &trackers[i]) : 0;
		if (length == 0)
			continue;
		*out_length = before + length;
		return g_strdup_printf("%s%.*s", trackers[i].kept, (int) length, at + before);
	}
	return NULL;
}

GStrv ksig_tickets(const char *text)
{
	enum { LIMIT = 500 };
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);

	for (const char *at = text; (at = strpbrk(at, "hrbjLRHBJl")) != NULL;) {
		size_t length = 1;
		g_autofree char *ticket = at == text || !(g_ascii_isalnum(at[-1]) || strchr("-_", at[-1]))
						  ? ticket_at(at, &length)
						  : NULL;
		at += length;
		if (ticket && found->len < LIMIT &&
		    !g_ptr_array_find_with_equal_func(found, ticket, g_str_equal, NULL))
			g_ptr_array_add(found, g_steal_pointer(&ticket));
	}
	g_ptr_array_add(found, NULL);
	return (GStrv) g_ptr_array_steal(found, NULL);
}
