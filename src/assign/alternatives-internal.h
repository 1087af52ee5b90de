/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Candidates that could have been chosen as well. */
#pragma once

#include "assign/assign.h"

/* Tells each part which candidates could have been chosen in its place. */
void alternatives_find(ksig_assignment *assignment, const ksig_rounds *rounds);
