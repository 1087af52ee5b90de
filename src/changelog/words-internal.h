/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the grammars share. */
#pragma once

#include "changelog/changelog.h"

/* "2019-12-14" of a day, a month's English name (its first three letters) and a year; NULL if there is no
 * such day. */
char *ksig_changelog_date(const char *day, const char *month, const char *year);

/* Takes "[tag] " (several, too) off the front of *INOUT_TEXT; returns the first that says something, or NULL.
 */
char *ksig_changelog_take_tags(const char **inout_text);
