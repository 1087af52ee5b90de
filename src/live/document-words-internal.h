/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a manifest or an index is going to say, looked at before it is signed. */
#pragma once

#include "base/base.h"

/* A day to come, as YYYY-MM-DD: other documents nobody can read, or nobody would take. */
bool live_words_check_expires(const char *expires, GError **error);

/* From 1 on; none that machines may go back to is above REVISION, and PREVIOUS is below it; 0: not said. */
bool live_words_check_revisions(gint64 revision, gint64 minimum, gint64 previous, GError **error);

/* What --OPTION says are CVEs; with KERNEL each has the release behind it in which it is fixed. NULL: none.
 */
bool live_words_check_cves(const char *option, const char *const *cves, bool kernel, GError **error);

/* A build id, 8 to 64 bytes in small hexadecimal digits. */
bool live_words_check_build_id(const char *build_id, GError **error);

/*
 * What --OPTION says are NAME=VALUE, each NAME once. A pair that is left out says the opposite of what was
 * meant: a patch without a ring is for every machine. NULL: none.
 */
bool live_words_check_pairs(const char *option, const char *const *pairs, GError **error);

/* The value of NAME in PAIRS, which were checked; NULL: there is none. */
const char *live_words_value(const char *const *pairs, const char *name);
