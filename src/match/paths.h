/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file of the vendor's tree a candidate's file is, through upstream's renames, backwards and forwards.
 *
 */
#pragma once

#include "match/target.h"

/* What a candidate's file is in the vendor's trees. */
enum ksig_path_fate {
	KSIG_PATH_CHANGED,   /* a changed file: FILE says which */
	KSIG_PATH_UNCHANGED, /* there, and the same in both trees */
	KSIG_PATH_ABSENT,    /* in neither tree */
};

struct ksig_path_target {
	enum ksig_path_fate fate;
	uint32_t file;     /* of the target, if KSIG_PATH_CHANGED */
	uint32_t identity; /* the same number for one file under all its names */
};

/* One entry a file of POOL, in its order. Free with g_free(). */
struct ksig_path_target *ksig_match_paths_map(const struct ksig_pool *pool, const ksig_target *target);
