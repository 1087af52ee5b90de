/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which entries of a changelog the catalog has already. Vendors give old releases new names (4.18.0-71
 * became 80.1 on el8's branch), repeat lines, cut off what is old and rewrite what is not: an entry is known
 * under its release, or else under any other with the same text.
 */
#pragma once

#include "catalog/catalog.h"
#include "changelog/changelog.h"

typedef struct known_entries known_entries;

/* ENTRIES: the catalog's; RELEASES: the changelog's, of which those from number NEWEST on count. Both outlive
 * it. */
known_entries *known_entries_new(const GPtrArray *entries, const GPtrArray *releases, guint newest);
void known_entries_free(known_entries *known);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(known_entries, known_entries_free)

/* The catalog's row of ENTRY; NULL: it is new. */
const struct ksig_entry *known_entries_find(const known_entries *known,
					    const struct ksig_changelog_entry *entry);

/* Rows that the changelog does not have any more, though it reaches back to their day: it was rewritten. */
unsigned known_entries_vanished(const known_entries *known);

/*
 * Whether the changelog begins behind all that is known: what was released between OUT_FROM, the newest known
 * release, and OUT_TO, its oldest, is told by neither. Both belong to the rows and releases.
 */
bool known_entries_gap(const known_entries *known, const char **out_from, const char **out_to);
