/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions of one patch, as several series have it: one of them is a candidate. */
#pragma once

#include "match/evidence.h"

/*
 * Of several versions of one patch the one that fits best stays a candidate; where one is CARRIED already
 * (one flag a candidate; NULL: none is), none does: what changes then is that patch, reworked.
 */
void deduplicate_versions(ksig_evidence_set *set, const uint8_t *carried);
