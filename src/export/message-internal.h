/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subject, trailers, author and date of a step for git, mail and quilt; and what in a message would begin a
 * difference for patch(1) or git am is quoted.
 */
#pragma once

#include "export/export.h"

/*
 * The one-line subject of a step: the patch's own when it is introduced; `Drop "…"` and `Rework "…"` later.
 * Never empty. Free with g_free().
 */
char *ksig_export_subject(const struct ksig_link *link);

/* The message below the subject: the purpose, then the trailers (Upstream-commit:, Source:, …). */
char *ksig_export_body(const struct ksig_link *link);

/*
 * TEXT with each line quoted by "> " that patch(1), quilt or git-am would take for something else than
 * words: the beginning of a diff, an ed command, a mail's separator, a header.
 */
char *ksig_export_quoted(const char *text);

/* TEXT as one line of UTF-8, stripped. Free with g_free(). */
char *ksig_export_one_line(const char *text);

/* The author's name and address without what would break out of "NAME <ADDRESS>"; never empty names. */
char *ksig_export_author(const struct ksig_patch *patch);
char *ksig_export_email(const struct ksig_patch *patch);

/* The name as a mail's header takes it: in quotes where it has brackets, commas or dots ("Muster, Max"). */
char *ksig_export_author_quoted(const struct ksig_patch *patch);

/*
 * Reads an ISO 8601 date or day; false, and both zero, for what is none or lies outside 1970 to 2099.
 */
bool ksig_export_date(const char *date, int64_t *out_seconds, int *out_offset_minutes);

/* The upstream that a patch is from; "vendor" and "unknown" where there is none. */
const char *ksig_export_source(const struct ksig_patch *patch);

/* The differences of CHAIN's series, in order: of its links from the first on that have a commit. */
ksig_diffs *ksig_export_diffs(const ksig_store *store, const struct ksig_chain *chain, GError **error);
