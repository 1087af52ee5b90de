/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "assign/groups-internal.h"

/*
 * Where more remain than anybody looks at one by one, what is left of a file is one group, and files of a
 * folder that changed a little are one with their neighbours, up to what a person can read in a sitting.
 */
void groups_gather(struct grouping *grouping);
