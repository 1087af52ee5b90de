/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The changelog's word: which entries are new in a revision, and which candidates they name. It is evidence
 * beside the code's: how much it counts is learnt from how well it agrees with the code.
 */
#pragma once

#include "catalog/catalog.h"
#include "changelog/changelog.h"
#include "upstream/pool.h"

struct ksig_entry_match {
	const struct ksig_changelog_release *release;
	const struct ksig_changelog_entry *entry;
	int position;       /* in its release */
	GArray *candidates; /* uint32_t: those of the same subject */
	int64_t entry_id;   /* in the catalog, if an earlier revision brought it and it is told to no patch;
			       else 0 */
};

struct ksig_entry_set {
	GPtrArray *releases; /* the newest first */
	const char *date;    /* ISO day of the kernel's own release; NULL: not known */
	bool lacks_kernel; /* the kernel is of a side line: the changelog has other releases, and not its own
			    */
	unsigned vanished; /* entries of earlier revisions that this changelog does not have any more */
	char *gap_from;    /* the newest release known, where this changelog begins behind it; else NULL */
	char *gap_to;      /* … and where it begins: what came between is told by neither */
	GArray *matches;   /* struct ksig_entry_match, oldest first */
	uint8_t *named; /* one a candidate: how many candidates share the subject that an entry names; 0: not
			   named */
};

typedef struct ksig_entry_set ksig_entry_set;

/*
 * The entries of KERNEL's changelog (or of the text at PATH, if it has none) that the catalog does not hold
 * yet. NULL without error: there is no changelog.
 */
ksig_entry_set *ksig_match_entries_collect(ksig_catalog *catalog, const struct ksig_pool *pool,
					   const struct ksig_kernel *kernel, const char *path,
					   GError **error);
/*
 * Keeps the entries that the base's own changelog has: a vendor's kernel as the base has what they are about
 * in it.
 */
bool ksig_match_entries_record_base(ksig_catalog *catalog, const struct ksig_kernel *kernel, const char *path,
				    int64_t revision_id, GError **error);
void ksig_match_entries_free(ksig_entry_set *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_entry_set, ksig_match_entries_free)
