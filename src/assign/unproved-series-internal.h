/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patches that nothing but their series speaks for. */
#pragma once

#include "assign/assign.h"

/*
 * A patch of a series (quilt, mbox) that owns nothing, since others have its lines, is believed on the word
 * of its series alone: if that is not carried for the most part, or another series gives all of its files
 * exactly, its probability becomes 0. True if any did.
 */
bool unproved_series_doubt(ksig_rounds *rounds, const ksig_assignment *assignment, float threshold);
