/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the difference would be far smaller from another commit of an upstream. */
#pragma once

#include "match/evidence.h"

struct ksig_nearer_base {
	uint32_t candidate; /* that commit */
	uint32_t files;     /* of the changed files, how many fewer there would be */
	uint32_t of_files;  /* how many are changed */
};

/* True if most of the changed files would be gone, as far as the candidates' blobs tell. */
bool ksig_match_nearer_base_find(const ksig_evidence_set *set, struct ksig_nearer_base *out);
