/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Candidates that claim the same lines. */
#pragma once

#include "match/rounds.h"

/* Numbers the target's lines through. */
void line_competition_number(ksig_rounds *rounds);

/* What the lines of all say of each candidate's, into the outlooks. */
void line_competition_look(ksig_rounds *rounds);
