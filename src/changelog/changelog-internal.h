/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changelog, inside: a builder that the two grammars feed line by line, and the words they share.
 */
#pragma once

#include "changelog/changelog.h"

/* Releases as they come to be: the grammar opens them, adds lines to the entry at hand, and ends it. */
struct ksig_changelog_builder {
	GPtrArray *releases;
	struct ksig_changelog_release *release; /* the one being filled; NULL before the first head */
	GString *entry;                         /* text of the entry at hand, one line */
	bool in_entry;
	bool is_closed; /* Debian: the " -- " line was seen */
	char *section;  /* Debian: the [ Name ] that the entries below belong to */
	struct ksig_changelog_entry *(*entry_of_text)(const struct ksig_changelog_builder *builder,
						      const char *text);
};

/* Opens a release; LABEL, PACKAGER and DATE are taken over. */
void ksig_changelog_open(struct ksig_changelog_builder *builder, char *label, char *packager, char *date);

/* Ends the entry at hand (if any) and begins one with TEXT. */
void ksig_changelog_begin(struct ksig_changelog_builder *builder, const char *text);

/* Adds a continuation line to the entry at hand; with none at hand, it begins one. */
void ksig_changelog_continue(struct ksig_changelog_builder *builder, const char *text);
void ksig_changelog_end(struct ksig_changelog_builder *builder);

/* One line of each grammar, without its newline. */
typedef void ksig_changelog_line_fn(struct ksig_changelog_builder *builder, const char *line);
ksig_changelog_line_fn ksig_changelog_line_rpm;
ksig_changelog_line_fn ksig_changelog_line_debian;

struct ksig_changelog_entry *ksig_changelog_entry_rpm(const struct ksig_changelog_builder *builder,
						      const char *text);
struct ksig_changelog_entry *ksig_changelog_entry_debian(const struct ksig_changelog_builder *builder,
							 const char *text);

/* "2019-12-14" of a day, a month's English name (its first three letters) and a year; NULL if there is no
 * such day. */
char *ksig_changelog_date(const char *day, const char *month, const char *year);

/* Takes "[tag] " (several, too) off the front of *INOUT_TEXT; returns the first that says something, or NULL.
 */
char *ksig_changelog_take_tags(const char **inout_text);

/* An entry that owns SUBJECT, SUBSYSTEM, AUTHOR and TICKETS (NULL: none); its CVEs are read out of TEXT. */
struct ksig_changelog_entry *ksig_changelog_entry_new(char *subject, char *subsystem, char *author,
						      GStrv tickets, const char *text);
