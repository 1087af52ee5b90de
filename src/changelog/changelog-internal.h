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

/* One line of each grammar, without its newline. */
typedef void ksig_changelog_line_fn(struct ksig_changelog_builder *builder, const char *line);
