/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * %changelog as genlog.py of the el7 to el10 kernels writes it:
 *
 *   * Sat Dec 14 2019 Bruno Meneguele <bmeneg@redhat.com> [4.18.0-167.el8]
 *   - [tools] libbpf: Refactor relocation handling (Yauheni Kaliuta) [1772081] {CVE-2019-1 CVE-2019-2}
 *
 * from el9 on without the [tag] and with "RHEL-406" among the tickets. Rebuilders write "- 4.18.0-1.el8.x"
 * for the label, or leave a macro in it.
 */
#include "changelog/grammar-rpm-internal.h"
#include "changelog/builder-internal.h"
#include "changelog/changelog-internal.h"
#include "changelog/words-internal.h"

#include <string.h>

/* Splits what follows the packager's ">" (or the whole REST) into packager and label. */
static void split_packager(const char *rest, char **out_packager, char **out_label)
{
	const char *mail_end = strchr(rest, '>');
	const char *label = mail_end ? mail_end + 1 : strrchr(rest, '[');

	if (!label)
		label = g_strrstr(rest, " - ");
	if (!label)
		label = rest + strlen(rest);
	*out_packager = g_strstrip(g_strndup(rest, (size_t) (label - rest)));
	label += strspn(label, " \t-[");
	*out_label = g_strchomp(g_strdup(label));
	const size_t length = strlen(*out_label);
	if (length > 0 && (*out_label)[length - 1] == ']')
		(*out_label)[length - 1] = '\0';
	if (**out_packager == '\0')
		g_clear_pointer(out_packager, g_free);
}

/* The regular expression of a head, compiled once. */
static const GRegex *head_regex(void)
{
	static GRegex *regex;

	if (g_once_init_enter(&regex)) {
		GRegex *compiled = g_regex_new(
			"^\\*[ \\t]++(?:[A-Za-z]{3,9},?[ \\t]++)?([A-Za-z]{3,9})[ \\t]++"
			"(\\d{1,2})[ \\t]++(?:\\d{1,2}:[\\d:]++[ \\t]++\\S++[ \\t]++)?+(\\d{4})\\b[ "
			"\\t]*+(.*)$",
			G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
		g_once_init_leave(&regex, compiled);
	}
	return regex;
}

/* Opens a release if LINE is "* [Dow] Mon DD [HH:MM:SS ZONE] YYYY Name <mail> label". */
static bool open_release(struct ksig_changelog_builder *builder, const char *line)
{
	g_autoptr(GMatchInfo) match = NULL;
	char *packager, *label;

	if (!g_regex_match(head_regex(), line, 0, &match))
		return false;
	g_autofree char *month = g_match_info_fetch(match, 1);
	g_autofree char *day = g_match_info_fetch(match, 2);
	g_autofree char *year = g_match_info_fetch(match, 3);
	g_autofree char *rest = g_match_info_fetch(match, 4);
	split_packager(rest, &packager, &label);
	ksig_changelog_open(builder, label, packager, ksig_changelog_date(day, month, year));
	return true;
}

/* "Resolves: rhbz#2203154, RHEL-406" below a release's entries: an entry of its own, not the last one's end.
 */
static bool is_resolves(const char *line)
{
	return g_ascii_strncasecmp(line, "Resolves:", 9) == 0 ||
	       g_ascii_strncasecmp(line, "Related:", 8) == 0;
}

void ksig_changelog_line_rpm(struct ksig_changelog_builder *builder, const char *line)
{
	if (line[0] == '*' && open_release(builder, line))
		return;
	if (!builder->release)
		return;
	if (line[strspn(line, " \t\r")] == '\0')
		ksig_changelog_end(builder);
	else if (line[0] == '#' && (!builder->in_entry || line[1] == '#'))
		ksig_changelog_end(builder);
	else if (line[0] == '-' || line[0] == '*')
		ksig_changelog_begin(builder, line + 1);
	else if (is_resolves(line))
		ksig_changelog_begin(builder, line);
	else
		ksig_changelog_continue(builder, line);
}

/* "1772081", "RHEL-406", "rhbz#1772081": a ticket as it is to be kept, or NULL. Short numbers only if
 * MAY_BE_SHORT. */
static char *ticket_of_word(const char *word, bool may_be_short)
{
	const char *hash = strchr(word, '#');
	const char *number = hash && (g_ascii_strncasecmp(word, "rhbz#", 5) == 0 ||
				      g_ascii_strncasecmp(word, "bz#", 3) == 0)
				     ? hash + 1
				     : word;
	const size_t digits = strspn(number, "0123456789");

	if (number[digits] == '\0')
		return digits >= (may_be_short ? 1 : 5) ? g_strdup(number) : NULL;
	const size_t project = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	if (project < 2 || word[project] != '-' || g_str_has_prefix(word, "CVE-"))
		return NULL;
	const size_t serial = strspn(word + project + 1, "0123456789");
	return serial > 0 && word[project + 1 + serial] == '\0' ? g_strdup(word) : NULL;
}

/* The tickets of LIST, NULL if a word in it is none. */
static GStrv tickets_of_list(const char *list, bool may_be_short)
{
	g_auto(GStrv) words = g_strsplit_set(list, " ,\t", -1);
	g_autoptr(GStrvBuilder) tickets = g_strv_builder_new();
	bool is_empty = true;

	for (unsigned i = 0; words[i]; i++) {
		if (*words[i] == '\0')
			continue;
		g_autofree char *ticket = ticket_of_word(words[i], may_be_short);
		if (!ticket)
			return NULL;
		g_strv_builder_add(tickets, ticket);
		is_empty = false;
	}
	return is_empty ? NULL : g_strv_builder_end(tickets);
}

/* If TEXT ends in CLOSE, where its OPEN (balanced, if these nest) stands with a space before it. */
static char *last_group(char *text, char open, char close)
{
	const size_t length = strlen(text);
	unsigned depth = 0;

	if (length < 3 || text[length - 1] != close)
		return NULL;
	for (size_t i = length; i-- > 0;) {
		if (text[i] == close)
			depth++;
		else if (text[i] == open && --depth == 0)
			return i > 0 && g_ascii_isspace(text[i - 1]) ? text + i : NULL;
	}
	return NULL;
}

/* Ends TEXT before GROUP and returns what stands between its brackets. */
static char *cut_group(char *text, char *group)
{
	char *inside = g_strndup(group + 1, strlen(group) - 2);

	*group = '\0';
	g_strchomp(text);
	return inside;
}

/* Takes "{CVE-…}" and "[tickets]", in whichever order, off TEXT's end. */
static GStrv take_references(char *text)
{
	GStrv tickets = NULL;
	char *group;

	for (;;) {
		if ((group = last_group(text, '{', '}')) && strstr(group, "CVE-")) {
			g_free(cut_group(text, group));
			continue;
		}
		group = tickets ? NULL : last_group(text, '[', ']');
		if (!group)
			return tickets;
		const char *before = group;
		while (before > text && g_ascii_isspace(before[-1]))
			before--;
		const bool is_behind_author = before > text && before[-1] == ')';
		g_autofree char *list = g_strndup(group + 1, strlen(group) - 2);
		tickets = tickets_of_list(list, is_behind_author);
		if (!tickets)
			return NULL;
		g_free(cut_group(text, group));
	}
}

/* Whether NAME reads as a person; without references behind it, only words and no code does. */
static bool is_person(const char *name, bool has_references)
{
	if (*name == '\0' || strstr(name, "CVE-"))
		return false;
	return has_references || strpbrk(name, "_()/0123456789=<>:;*#+|{}[]") == NULL;
}

static char *take_author(char *text, bool has_references)
{
	char *group = last_group(text, '(', ')');

	if (!group)
		return NULL;
	g_autofree char *inside = g_strndup(group + 1, strlen(group) - 2);
	if (!is_person(inside, has_references))
		return NULL;
	char *author = cut_group(text, group);
	const size_t length = strlen(author);
	if (length >= 2 && author[0] == '"' && author[length - 1] == '"') {
		author[length - 1] = '\0';
		memmove(author, author + 1, length - 1);
	}
	return g_strstrip(author);
}

/* "%%" is how a spec writes "%". */
static char *unescape_percent(const char *text)
{
	g_auto(GStrv) parts = NULL;

	if (!strstr(text, "%%"))
		return g_strdup(text);
	parts = g_strsplit(text, "%%", -1);
	return g_strjoinv("%", parts);
}

struct ksig_changelog_entry *ksig_changelog_entry_rpm(const struct ksig_changelog_builder *builder,
						      const char *text)
{
	g_autofree char *rest = g_strdup(text);

	(void) builder;
	if (is_resolves(text))
		return ksig_changelog_entry_new(g_strdup(text), NULL, NULL,
						tickets_of_list(strchr(text, ':') + 1, true), text);
	GStrv tickets = take_references(rest);
	char *author = take_author(rest, tickets || strlen(rest) < strlen(text));
	const char *subject = rest;
	char *subsystem = ksig_changelog_take_tags(&subject);
	return ksig_changelog_entry_new(unescape_percent(subject), subsystem, author, tickets, text);
}
