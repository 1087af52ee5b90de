/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the rounds are gone through: match.c does. */
#pragma once

#include "match/rounds.h"

/* SET is taken; the other arguments are not copied. */
ksig_rounds *rounds_new(ksig_evidence_set *set, const ksig_model *model, const uint8_t *carried,
			const uint8_t *named);
void rounds_alone(ksig_rounds *rounds);    /* the first round */
void rounds_look(ksig_rounds *rounds);     /* outlooks from the probabilities */
void rounds_together(ksig_rounds *rounds); /* probabilities from outlooks */
