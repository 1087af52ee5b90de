/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a tree that are the changelog's own: of a spec, of redhat/kernel.changelog-9.4. */
#pragma once

#include "match/changelog-entries.h"

typedef struct entry_quotes entry_quotes;

/* The texts of ENTRIES, which have to stay; NULL: no changelog, no line quotes it. */
entry_quotes *quotes_of_entries(const ksig_entry_set *entries);
void entry_quotes_free(entry_quotes *quotes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(entry_quotes, entry_quotes_free)

/* Whether the LENGTH bytes at LINE are an entry as a changelog lists it, or the first line of a wrapped one.
 */
bool quotes_line(const entry_quotes *quotes, const char *line, size_t length);
