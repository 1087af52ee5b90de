/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which patches: the options that list, show, compare and export have in common. */
#pragma once

#include "catalog/catalog.h"

/* What the options say; a repeated one adds. */
struct ksig_selection {
	char *at;
	char **introduced; /* R or A..B */
	gboolean ambiguous, reverse;
	struct ksig_filter filter; /* all else; ksig_selection_read() adds these */
};
extern struct ksig_selection ksig_selection;

#define KSIG_SELECTION_CVE                                                                                   \
	{                                                                                                    \
		"cve", 0, 0, G_OPTION_ARG_STRING_ARRAY, &ksig_selection.filter.cves,                         \
			"names the CVE; may be repeated", "CVE"                                              \
	}
#define KSIG_SELECTION_ENTRIES                                                                                 \
	{"revision", 'r', 0, G_OPTION_ARG_STRING, &ksig_selection.at, "as it stands at revision R", "R"},      \
		{"at", 0, 0, G_OPTION_ARG_STRING, &ksig_selection.at, "the same", "R"},                        \
		{"introduced",                                                                                 \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING_ARRAY,                                                                    \
		 &ksig_selection.introduced,                                                                   \
		 "introduced in revision R, or after A up to B; may be repeated",                              \
		 "R|A..B"},                                                                                    \
		{"kind",                                                                                       \
		 'k',                                                                                          \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING_ARRAY,                                                                    \
		 &ksig_selection.filter.kinds,                                                                 \
		 "exact, context, adapted, partial, revert, vendor or unexplained; may be repeated",           \
		 "K"},                                                                                         \
		{"path",                                                                                       \
		 'p',                                                                                          \
		 0,                                                                                            \
		 G_OPTION_ARG_FILENAME_ARRAY,                                                                  \
		 &ksig_selection.filter.paths,                                                                 \
		 "changes the file or folder P, or what a pattern names; may be repeated",                     \
		 "P"},                                                                                         \
		{"subsystem",                                                                                  \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING_ARRAY,                                                                    \
		 &ksig_selection.filter.subsystems,                                                            \
		 "changes a file of it (drivers/net, kernel); may be repeated",                                \
		 "S"},                                                                                         \
		{"source",                                                                                     \
		 's',                                                                                          \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING_ARRAY,                                                                    \
		 &ksig_selection.filter.sources,                                                               \
		 "comes from the upstream called S; may be repeated",                                          \
		 "S"},                                                                                         \
		{"author",                                                                                     \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING_ARRAY,                                                                    \
		 &ksig_selection.filter.authors,                                                               \
		 "its author's name or address has A in it; may be repeated",                                  \
		 "A"},                                                                                         \
		{"since",                                                                                      \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING,                                                                          \
		 &ksig_selection.filter.since,                                                                 \
		 "committed (unknown: taken over) on this day or later",                                       \
		 "DAY"},                                                                                       \
		{"until", 0, 0, G_OPTION_ARG_STRING, &ksig_selection.filter.until, "… on this day or earlier", \
		 "DAY"},                                                                                       \
		{"ticket", 0, 0, G_OPTION_ARG_STRING, &ksig_selection.filter.ticket, "names the ticket", "T"}, \
		{"upstream",                                                                                   \
		 'u',                                                                                          \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING,                                                                          \
		 &ksig_selection.filter.upstream,                                                              \
		 "commit with this id or beginning of one, upstream's or the pool's",                          \
		 "ID"},                                                                                        \
		{"text",                                                                                       \
		 't',                                                                                          \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING,                                                                          \
		 &ksig_selection.filter.text,                                                                  \
		 "has the words in subject or purpose",                                                        \
		 "WORDS"},                                                                                     \
		{"min-confidence",                                                                             \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_DOUBLE,                                                                          \
		 &ksig_selection.filter.min_confidence,                                                        \
		 "at least this sure (0 to 1)",                                                                \
		 "C"},                                                                                         \
		{"ambiguous",                                                                                  \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_NONE,                                                                            \
		 &ksig_selection.ambiguous,                                                                    \
		 "could be another's: has alternatives, or little evidence of its own",                        \
		 NULL},                                                                                        \
		{"sort",                                                                                       \
		 0,                                                                                            \
		 0,                                                                                            \
		 G_OPTION_ARG_STRING,                                                                          \
		 &ksig_selection.filter.sort,                                                                  \
		 "by step, date, subject, confidence, size, author or source",                                 \
		 "ORDER"},                                                                                     \
		{"reverse", 0, 0, G_OPTION_ARG_NONE, &ksig_selection.reverse, "the other way round", NULL},    \
	{                                                                                                      \
		"limit", 0, 0, G_OPTION_ARG_INT64, &ksig_selection.filter.limit, "so many at most", "N"        \
	}

/* Is there anything but a revision to stand at? */
bool ksig_selection_given(void);

/* Completes the filter: labels as people shorten them are looked up, words and days are checked. */
bool ksig_selection_read(ksig_catalog *catalog, GError **error);

/* Whether DAY, what --OPTION says, is a day of ISO 8601 that there is, and nothing behind it; NULL is good.
 */
bool ksig_selection_check_day(const char *option, const char *day, GError **error);

/* int64_t *: the numbers of the patches that are selected, with their place in the order, from 1. Free with
 * g_hash_table_unref(). */
GHashTable *ksig_selection_numbers(ksig_catalog *catalog, GError **error);

/* "A..B" into its labels, whole; either may be left out: the base, the last one. False: NAME is no range. */
bool ksig_selection_range(ksig_catalog *catalog, const char *name, char **out_from, char **out_to,
			  GError **error);
