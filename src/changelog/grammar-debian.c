/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debian/changelog (deb-changelog(5)) with the habits of Debian's kernel team:
 *
 *   linux (6.1.170-2) bookworm-security; urgency=high
 *
 *     [ Ben Hutchings ]
 *     * [arm64] Improve support for the Huawei TaiShan (Closes: #930554):
 *       - Enable the HNS driver (CVE-2019-13272)
 *
 *    -- Salvatore Bonaccorso <carnil@debian.org>  Fri, 08 May 2026 21:59:49 +0200
 *
 * Every bullet is an entry, at whatever depth.
 */
#include "changelog/grammar-debian-internal.h"
#include "changelog/builder-internal.h"
#include "changelog/changelog-internal.h"
#include "changelog/words-internal.h"

#include <string.h>

/* "package (version) suite; urgency=…" in column 0. */
static bool open_release(struct ksig_changelog_builder *builder, const char *line)
{
	const size_t package = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789+-.");

	if (package == 0 || !g_str_has_prefix(line + package, " ("))
		return false;
	const char *version = line + package + 2;
	const size_t length = strcspn(version, ") \t");
	if (length == 0 || version[length] != ')' || !strchr(version + length, ';'))
		return false;
	ksig_changelog_open(builder, g_strndup(version, length), NULL, NULL);
	return true;
}

/* The day in "Fri, 08 May 2026 21:59:49 +0200". */
static char *date_of(const char *text)
{
	char day[3], month[10], year[5];

	if (sscanf(text, " %*[A-Za-z], %2[0-9] %9[A-Za-z] %4[0-9]", day, month, year) != 3)
		return NULL;
	return ksig_changelog_date(day, month, year);
}

/* " -- Name <mail>  Fri, 08 May 2026 21:59:49 +0200": the end of a release; its name is that of entries
 * without one. */
static void close_release(struct ksig_changelog_builder *builder, const char *line)
{
	struct ksig_changelog_release *release = builder->release;
	const char *mail_end = strchr(line, '>');

	ksig_changelog_end(builder);
	builder->is_closed = true;
	if (release->packager)
		return;
	release->packager = mail_end ? g_strstrip(g_strndup(line, (size_t) (mail_end + 1 - line)))
				     : g_strstrip(g_strdup(line));
	if (!release->date && mail_end)
		release->date = date_of(mail_end + 1);
	g_autofree char *name = g_strndup(release->packager, strcspn(release->packager, "<"));
	g_strchomp(name);
	for (unsigned i = 0; i < release->entries->len; i++) {
		struct ksig_changelog_entry *entry = g_ptr_array_index(release->entries, i);
		if (!entry->author)
			entry->author = g_strdup(name);
	}
}

/* "  [ Ben Hutchings ]": whose entries follow. */
static bool open_section(struct ksig_changelog_builder *builder, const char *text)
{
	const size_t length = strlen(text);

	if (length < 5 || !g_str_has_prefix(text, "[ ") || !g_str_has_suffix(text, " ]"))
		return false;
	ksig_changelog_end(builder);
	g_free(builder->section);
	builder->section = g_strstrip(g_strndup(text + 2, length - 4));
	return true;
}

void ksig_changelog_line_debian(struct ksig_changelog_builder *builder, const char *line)
{
	g_autofree char *text = g_strstrip(g_strdup(line));

	if (!g_ascii_isspace(line[0]) && open_release(builder, line))
		return;
	if (!builder->release || builder->is_closed)
		return;
	if (g_str_has_prefix(line, " -- "))
		close_release(builder, line + 4);
	else if (*text == '\0')
		ksig_changelog_end(builder);
	else if (open_section(builder, text))
		return;
	else if (strchr("*-+", text[0]) && (text[1] == ' ' || text[1] == '\0'))
		ksig_changelog_begin(builder, text + 1);
	else
		ksig_changelog_continue(builder, text);
}

/* Adds the bug numbers of "Closes: #1, #2" at AT as "#1", "#2". */
static void add_closes(GStrvBuilder *tickets, const char *at)
{
	for (;;) {
		at += strspn(at, " \t,");
		at += *at == '#' ? 1 : 0;
		const size_t digits = strspn(at, "0123456789");
		if (digits == 0 || digits > 19)
			return;
		g_autofree char *ticket = g_strdup_printf("#%.*s", (int) digits, at);
		g_strv_builder_add(tickets, ticket);
		at += digits;
	}
}

static GStrv tickets_of(const char *text)
{
	g_autoptr(GStrvBuilder) tickets = NULL;

	for (const char *at = strchr(text, ':'); at; at = strchr(at + 1, ':')) {
		if (at - text < 6 || g_ascii_strncasecmp(at - 6, "closes", 6) != 0)
			continue;
		if (!tickets)
			tickets = g_strv_builder_new();
		add_closes(tickets, at + 1);
	}
	return tickets ? g_strv_builder_end(tickets) : NULL;
}

/* Cuts "(CVE-…)" and "(Closes: …)" off the end of SUBJECT. */
static void cut_references(char *subject)
{
	for (;;) {
		g_strchomp(subject);
		char *group = g_str_has_suffix(subject, ")") ? strrchr(subject, '(') : NULL;
		if (!group ||
		    (!g_str_has_prefix(group, "(CVE-") && g_ascii_strncasecmp(group, "(closes:", 8) != 0))
			return;
		*group = '\0';
	}
}

struct ksig_changelog_entry *ksig_changelog_entry_debian(const struct ksig_changelog_builder *builder,
							 const char *text)
{
	const char *subject = text;
	char *area = ksig_changelog_take_tags(&subject);
	char *cut = g_strdup(subject);

	cut_references(cut);
	return ksig_changelog_entry_new(cut, area, g_strdup(builder->section), tickets_of(text), text);
}
