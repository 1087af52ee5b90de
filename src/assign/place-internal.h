/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the hunks of the parts stand in the difference. */
#pragma once

#include "assign/assign.h"

/* Gives what the parts' own hunks cover, and cannot be told by itself, to them. */
void place_hunks(ksig_assignment *assignment, const ksig_evidence_set *set);
