/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Imports: files that a revision brings new, in the state that many upstream commits, by several people over
 * months, gave them. A vendor who takes a tool or a driver in as it stands makes one patch of his own, not a
 * hundred backports; so it is one patch here, which names the commits that it contains.
 */
#pragma once

#include "match/rounds.h"

struct ksig_match_import {
	GArray *candidates; /* uint32_t: contained, in upstream's order */
	GArray *files;      /* uint32_t: of the target, those that are new; by path */
};

struct ksig_import_set {
	GArray *imports;    /* struct ksig_match_import */
	uint32_t *contains; /* one a candidate: the number of the import that contains it, + 1; 0: none */
};

typedef struct ksig_import_set ksig_import_set;

/*
 * Of the candidates of at least THRESHOLD those that came in with an import. What the changelog names one by
 * one is no import.
 */
ksig_import_set *ksig_match_imports_find(const ksig_rounds *rounds, float threshold);
void ksig_match_imports_free(ksig_import_set *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_import_set, ksig_match_imports_free)
