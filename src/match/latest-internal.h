/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Candidates that are younger than what is surely in the kernel, where nobody says when it was made. */
#pragma once

#include "match/match.h"

/*
 * Takes the evidence of those away that would be chosen and are not sure. Returns how many there were;
 * OUT_BY: the day until which nearly all that is sure was written, in seconds, if there were any.
 */
uint32_t latest_silence(ksig_rounds *rounds, const struct ksig_match_question *question, int64_t *out_by);
