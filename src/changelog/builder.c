/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Releases and entries while they are read: what a grammar opens, begins, continues and ends; tickets and
 * CVEs from anywhere in an entry.
 */
#include "changelog/builder-internal.h"
#include "changelog/changelog-internal.h"

static void entry_free(struct ksig_changelog_entry *entry)
{
	if (!entry)
		return;
	g_free(entry->subject);
	g_free(entry->subsystem);
	g_free(entry->author);
	g_strfreev(entry->tickets);
	g_strfreev(entry->cves);
	g_free(entry->text);
	g_free(entry);
}

/* TICKETS (taken over; NULL: none) and those that stand anywhere in TEXT. */
static GStrv with_tickets_in(GStrv tickets, const char *text)
{
	g_auto(GStrv) known = tickets ? tickets : g_new0(char *, 1);
	g_auto(GStrv) more = ksig_tickets(text);
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	g_strv_builder_addv(all, (const char **) known);
	for (char **ticket = more; *ticket; ticket++)
		if (!g_strv_contains((const char *const *) known, *ticket))
			g_strv_builder_add(all, *ticket);
	return g_strv_builder_end(all);
}

struct ksig_changelog_entry *ksig_changelog_entry_new(char *subject, char *subsystem, char *author,
						      GStrv tickets, const char *text)
{
	struct ksig_changelog_entry *entry = g_new0(struct ksig_changelog_entry, 1);

	entry->subject = subject;
	entry->subsystem = subsystem;
	entry->author = author;
	entry->tickets = with_tickets_in(tickets, text);
	entry->cves = ksig_cves(text);
	entry->text = g_strdup(text);
	return entry;
}

void ksig_changelog_end(struct ksig_changelog_builder *builder)
{
	if (builder->in_entry && builder->entry->len > 0)
		g_ptr_array_add(builder->release->entries,
				builder->entry_of_text(builder, builder->entry->str));
	g_string_truncate(builder->entry, 0);
	builder->in_entry = false;
}

void ksig_changelog_open(struct ksig_changelog_builder *builder, char *label, char *packager, char *date)
{
	ksig_changelog_end(builder);
	builder->release = g_new0(struct ksig_changelog_release, 1);
	builder->release->label = label;
	builder->release->packager = packager;
	builder->release->date = date;
	builder->release->entries = g_ptr_array_new_with_free_func((GDestroyNotify) entry_free);
	builder->is_closed = false;
	g_clear_pointer(&builder->section, g_free);
	g_ptr_array_add(builder->releases, builder->release);
}

/* Adds LINE without the white space around it. */
static void append_stripped(GString *entry, const char *line)
{
	line += strspn(line, " \t");
	size_t length = strlen(line);

	while (length > 0 && g_ascii_isspace(line[length - 1]))
		length--;
	if (length > 0 && entry->len > 0)
		g_string_append_c(entry, ' ');
	g_string_append_len(entry, line, (gssize) length);
}

void ksig_changelog_begin(struct ksig_changelog_builder *builder, const char *text)
{
	ksig_changelog_end(builder);
	builder->in_entry = true;
	append_stripped(builder->entry, text);
}

void ksig_changelog_continue(struct ksig_changelog_builder *builder, const char *text)
{
	if (builder->in_entry)
		append_stripped(builder->entry, text);
	else
		ksig_changelog_begin(builder, text);
}
