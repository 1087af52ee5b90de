/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unified differences, line by line: what each line is. A hunk has as many lines as its @@ line says; one
 * that has fewer or more is told, so that no caller loses the rest of it in silence.
 */
#pragma once

#include "base/base.h"

enum ksig_diff_line {
	KSIG_DIFF_OTHER,    /* an extended header of git's, or no part of a difference */
	KSIG_DIFF_GIT,      /* "diff --git a/NAME b/NAME" */
	KSIG_DIFF_OLD_FILE, /* "--- NAME" */
	KSIG_DIFF_NEW_FILE, /* "+++ NAME" */
	KSIG_DIFF_HUNK,     /* "@@ -1,2 +1,3 @@" */
	KSIG_DIFF_CONTEXT,  /* a mailer may have stripped the blank of an empty one */
	KSIG_DIFF_REMOVED,
	KSIG_DIFF_ADDED,
	KSIG_DIFF_NO_NEWLINE, /* "\ No newline at end of file" */
	KSIG_DIFF_CUT,        /* no line of the hunk's, though more were promised */
	KSIG_DIFF_SURPLUS,    /* one of the hunk's, though no more were promised */
};

/* Begins as { 0 }. */
struct ksig_diff {
	uint32_t old_start, new_start; /* of the last hunk */
	uint32_t old_line, new_line;   /* of the last line of a hunk, as far as the side has it */
	uint32_t old_left, new_left;   /* lines of the hunk that are still to come */
	const char *context; /* what stands behind the second @@, of the line that was given; its end */
	bool in_file;        /* a file began: there can be hunks */
	bool behind;         /* nothing stood since the last hunk was whole */
};

/* Are there lines of a hunk still to come? At the end of a difference: it was cut. */
static inline bool ksig_diff_in_hunk(const struct ksig_diff *diff)
{
	return diff->old_left > 0 || diff->new_left > 0;
}

/* What LINE, without its newline, is. */
enum ksig_diff_line ksig_diff_see(struct ksig_diff *diff, const char *line, size_t length_bytes);
