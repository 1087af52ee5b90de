/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was read off a source, kept until the recipe is written. */
#pragma once

#include "kmod/draft-internal.h"
#include "kmod/draft.h"

void draft_clear(struct draft *draft);
void draft_init(struct draft *draft);
typedef struct draft draft_data;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(draft_data, draft_clear)
void draft_pass_free(gpointer pass);

/* Adds WORD to LIST unless it is there or empty. */
void draft_add_once(GPtrArray *list, const char *word);

/* The first group of PATTERN, a regular expression of lines, in TEXT; NULL: no match. */
char *draft_match(const char *text, const char *pattern);

/* The first groups of all its matches (char *). */
GPtrArray *draft_matches(const char *text, const char *pattern);
