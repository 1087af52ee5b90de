/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of a series that are proved by what the others give without them. */
#pragma once

#include "match/series.h"

/*
 * What the upstreams that are series of patch files (quilt, mbox) tell by their order: a candidate below
 * THRESHOLD without which the others of its series do not give the vendor's files, and with which they do,
 * becomes certain. Only series that speak are looked at.
 */
void series_proof_find(ksig_rounds *rounds, float threshold);
