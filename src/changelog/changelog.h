/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changelog: what a vendor says it did. %changelog of el7, el8, el9 and el10 kernels, Debian's changelog.
 *
 * Text goes in, releases with entries come out, newest first as in the text. Nothing is thrown away: what
 * does not parse as an entry is an entry with its text as the subject and nothing else.
 */
#pragma once

#include "base/base.h"

/* One line (with its continuations) of a release's list. Strings are UTF-8 and owned by the entry. */
struct ksig_changelog_entry {
	char *subject;   /* without subsystem tag, author and references */
	char *subsystem; /* el7/el8's [tag] at its beginning; in Debian the [architecture]; NULL if none */
	char *author;    /* who backported it, not who wrote it; NULL if not said */
	GStrv tickets;   /* "1772081", "RHEL-406", "#1012345"; empty, never NULL */
	GStrv cves;      /* "CVE-2022-2602"; empty, never NULL */
	char *text;      /* the entry as it stands, unwrapped to one line */
};

struct ksig_changelog_release {
	char *label;        /* "4.18.0-167.el8", "6.1.170-2"; empty if the head names none */
	char *packager;     /* "Name <mail>"; NULL if not said */
	char *date;         /* ISO 8601 day, "2019-12-14"; NULL if not readable */
	GPtrArray *entries; /* struct ksig_changelog_entry * */
};

enum ksig_changelog_grammar { KSIG_GRAMMAR_RPM, KSIG_GRAMMAR_DEBIAN };

enum { KSIG_CHANGELOG_BYTES = 64 << 20 };

/*
 * Parses TEXT of LENGTH_BYTES (at most KSIG_CHANGELOG_BYTES). Returns struct ksig_changelog_release pointers,
 * newest first; the array owns them. Text with no release line at all is an input error; NAME stands in its
 * message. Not kept are blank lines, what stands above the first release, and what packagers write behind the
 * last one for their editor
 * ("# Local Variables:").
 */
GPtrArray *ksig_changelog_parse(const char *text, size_t length_bytes, enum ksig_changelog_grammar grammar,
				const char *name, GError **error);

/*
 * SUBJECT brought to the form in which subjects are compared: case folded, vendor prefixes and el8 tags
 * gone, punctuation and runs of white space one space. Free with g_free().
 */
char *ksig_changelog_fold(const char *subject);

void ksig_changelog_release_free(struct ksig_changelog_release *release);
