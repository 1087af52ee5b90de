/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file of the vendor's tree a candidate's file is, through upstream's renames, backwards and forwards.
 * Private to breakdown.
 */
#pragma once

#include "breakdown/target-internal.h"

/* What a candidate's file is in the vendor's trees. */
enum path_fate {
	PATH_CHANGED,   /* a changed file: FILE says which */
	PATH_UNCHANGED, /* there, and the same in both trees */
	PATH_ABSENT,    /* in neither tree */
};

struct path_target {
	enum path_fate fate;
	uint32_t file;     /* of the target, if PATH_CHANGED */
	uint32_t identity; /* the same number for one file under all its names */
};

/* One entry a file of POOL, in its order. Free with g_free(). */
struct path_target *paths_map(const struct ksig_pool *pool, const ksig_target *target);
