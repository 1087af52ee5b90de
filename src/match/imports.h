/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Imports: files that a revision brings new, in the state that many upstream commits, by several people over
 * months, gave them. They may have come commit by commit or in one go, which nobody can tell from the trees:
 * so the commits are patches, labelled with the import.
 *
 * Its prehistory is another matter: what lies behind the upstream commit that the old tree has of the same
 * history could have been taken before, and was not. It came with the files as a whole, as one patch.
 */
#pragma once

#include "match/rounds.h"

struct ksig_match_import {
	GArray *candidates; /* uint32_t: those that made the files, in upstream's order */
	GArray *before;     /* uint32_t: of these the prehistory */
	GArray *files;      /* uint32_t: of the target, those that are new; by path */
};

struct ksig_import_set {
	GArray *imports;    /* struct ksig_match_import */
	uint32_t *labels;   /* one a candidate: the number of the import that it is of, + 1; 0: none */
	uint32_t *contains; /* the same for those of a prehistory */
};

typedef struct ksig_import_set ksig_import_set;

/*
 * Of the candidates of at least THRESHOLD those that came in with an import. What the changelog names one by
 * one is no import.
 */
ksig_import_set *ksig_match_imports_find(const ksig_rounds *rounds, float threshold);
void ksig_match_imports_free(ksig_import_set *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_import_set, ksig_match_imports_free)
