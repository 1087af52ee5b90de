/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside export: the words of a step, made harmless. */
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

/* One mail: what stands above its difference. */
struct ksig_mail {
	const char *id;     /* 40 hex, of the "From " line */
	const char *author; /* as foreign as it comes, and the others too; NULL: unknown */
	const char *email;
	const char *date;    /* ISO 8601 */
	const char *subject; /* one line */
	const char *body;
};

/* The mail as git am takes it, made harmless. Free with g_string_free(). */
GString *ksig_export_mail(const struct ksig_mail *words, const char *diff, size_t diff_bytes);

/* TEXT as one line of UTF-8, stripped. Free with g_free(). */
char *ksig_export_one_line(const char *text);

/* The author's name and address without what would break out of "NAME <ADDRESS>"; never empty names. */
char *ksig_export_author(const struct ksig_patch *patch);
char *ksig_export_email(const struct ksig_patch *patch);

/* Gives PATCH, which has no address, NAME (NULL: the vendor's) and one that is plainly made up. */
void ksig_export_name_author(struct ksig_patch *patch, const char *name);

/* The name as a mail's header takes it: in quotes where it has brackets, commas or dots ("Muster, Max"). */
char *ksig_export_author_quoted(const struct ksig_patch *patch);

/*
 * Reads an ISO 8601 date or day; false, and both zero, for what is none or lies outside 1970 to 2099.
 */
bool ksig_export_date(const char *date, int64_t *out_seconds, int *out_offset_minutes);

/* The upstream that a patch is from; "vendor" and "unknown" where there is none. */
const char *ksig_export_source(const struct ksig_patch *patch);

struct ksig_push {
	const char *repository; /* as the user calls it */
	const char *git_dir;    /* what stands for it */
	bool force, dry_run;
};

/* Pushes REFSPECS ("ID:refs/…") from STORE. */
bool ksig_export_push(ksig_store *store, const struct ksig_push *push, GPtrArray *refspecs, GError **error);

/* FROM becomes the folder TO; one that is there and not empty is a negative answer. */
bool ksig_export_put_in_place(const char *from, const char *to, GError **error);

/* "net-fix-a-leak": letters, digits and single dashes of WORDS, so that it may be a file's name; may be
 * empty. */
char *ksig_export_slug(const char *words);

/* The differences of CHAIN's series, in order: of its links from the first on that have a commit. */
ksig_diffs *ksig_export_diffs(const ksig_store *store, const struct ksig_chain *chain, GError **error);
