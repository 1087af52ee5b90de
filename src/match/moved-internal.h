/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code that the vendor has in another file than upstream. */
#pragma once

#include "match/evidence.h"

/* The target's changed lines, for moved_find(). */
GArray *moved_index(const ksig_target *target);

/* The changed file in which at least half of the hunk's lines stand, two or more; or KSIG_TARGET_NO_FILE. */
uint32_t moved_find(const ksig_evidence_set *set, const struct ksig_hunk *hunk);

/* Whether one of the hunk's lines is changed on the same side in the file where upstream has it. */
bool moved_is_at_home(const ksig_evidence_set *set, const struct ksig_hunk *hunk,
		      const struct ksig_path_target *path);
