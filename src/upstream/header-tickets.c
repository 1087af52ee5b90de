/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tickets that a patch's header names, in fields or by a form of their own. */
#include "upstream/header-tickets-internal.h"
#include "upstream/header-internal.h"
#include "upstream/header-words-internal.h"
#include "base/diff.h"

#include <string.h>

/* A URL, "#12", "1234", "RHEL-406" or "bsc#1051510". */
static bool looks_like_ticket(const char *word)
{
	const size_t length = strlen(word);
	const size_t digits = strspn(word + (*word == '#'), "0123456789");

	if (length > 300 || strpbrk(word, "<>@\"") || g_ascii_strncasecmp(word, "CVE-", 4) == 0)
		return false;
	if (g_str_has_prefix(word, "https://") || g_str_has_prefix(word, "http://"))
		return length > 10;
	if (digits > 0 && word[digits + (*word == '#')] == '\0')
		return *word == '#' || digits >= 4;
	/* SUSE's Jira: "jsc#PED-1211". */
	word += g_ascii_strncasecmp(word, "jsc#", 4) == 0 ? 4 : 0;
	const size_t project = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	if (project < 2 || !strchr("-#", word[project]) || word[project] == '\0')
		return false;
	const size_t serial = strspn(word + project + 1, "0123456789");
	return serial > 0 && word[project + 1 + serial] == '\0';
}

/* "https://bugs.debian.org/935270" is "#935270", "rhbz#12" is "12": as changelogs have them. NULL: no ticket.
 */
static char *ticket_of_word(const char *word)
{
	static const struct {
		const char *before, *kept;
	} forms[] = {
		{"https://bugs.debian.org/", "#"},
		{"http://bugs.debian.org/", "#"},
		{"https://bugs.debian.org/cgi-bin/bugreport.cgi?bug=", "#"},
		{"https://bugzilla.redhat.com/show_bug.cgi?id=", ""},
		{"http://bugzilla.redhat.com/show_bug.cgi?id=", ""},
		{"https://bugzilla.redhat.com/", ""},
		{"http://bugzilla.redhat.com/", ""},
		{"https://issues.redhat.com/browse/", ""},
		{"rhbz#", ""},
		{"bz#", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
		const size_t n = strlen(forms[i].before);
		const char *rest = word + n;
		if (g_ascii_strncasecmp(word, forms[i].before, n) == 0 && *rest && !strpbrk(rest, "/?&="))
			return g_strconcat(forms[i].kept, rest, NULL);
	}
	return looks_like_ticket(word) ? g_strdup(word) : NULL;
}

void ksig_header_scan_tickets(struct ksig_header_scan *scan, const char *line)
{
	static const char *const names[] = {
		"Bug:",      "Bug-",        "BugLink:", "Bugzilla:", "Z-Bugzilla:", "JIRA:",     "Z-JIRA:",
		"Resolves:", "References:", "Closes:",  "BZ:",       "Related:",    "Launchpad:"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		/* The case counts: "BUG: kernel NULL pointer dereference" is no ticket. */
		const char *at = g_str_has_prefix(line, names[i]) ? strchr(line, ':') : NULL;
		if (!at)
			continue;
		g_auto(GStrv) words = g_strsplit_set(at + 1, " \t,;()[]", 100);
		for (unsigned k = 0; words[k]; k++) {
			g_autofree char *ticket = ticket_of_word(words[k]);
			if (ticket && ksig_header_is_new(scan, "ticket ", ticket))
				g_strv_builder_add(scan->tickets, ticket);
		}
		return;
	}
}

void ksig_header_add_tickets(struct ksig_header_scan *scan, const char *text)
{
	g_auto(GStrv) tickets = ksig_tickets(text);

	for (char **ticket = tickets; *ticket; ticket++)
		if (ksig_header_is_new(scan, "ticket ", *ticket))
			g_strv_builder_add(scan->tickets, *ticket);
}
