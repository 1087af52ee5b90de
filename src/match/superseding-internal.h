/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines that upstream itself wrote again: by whom before, and by whom later. */
#pragma once

#include "match/evidence.h"

/* Fills the partner of every claim: the candidates that upstream itself undid or built on these lines with.
 */
void superseding_link(ksig_evidence_set *set);
