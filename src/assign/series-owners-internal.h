/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines whose owner a replayed series knows. */
#pragma once

#include "assign/assign.h"

/* Gives the lines of files that a series that speaks gives exactly to the parts that wrote and removed them.
 */
void series_owners_replay(ksig_assignment *assignment, const ksig_rounds *rounds, float threshold);
