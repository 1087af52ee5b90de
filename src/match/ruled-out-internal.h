/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Candidates that cannot be in the difference, whatever of their lines is. */
#pragma once

#include "match/match.h"

/* Takes their evidence away. Returns how many the date ruled out. */
uint32_t ruled_out_silence(ksig_evidence_set *set, const struct ksig_match_question *question);
