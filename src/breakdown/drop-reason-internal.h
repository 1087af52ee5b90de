/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a patch is not there any more. */
#pragma once

#include "breakdown/work-internal.h"

/*
 * Why STEPS, those of one patch, are not there any more: uint32_t, candidates of POOL, turned round. To be
 * asked when the revision's new patches are written. Free with g_free().
 */
char *drop_reason(struct ksig_work *work, const struct ksig_pool *pool, const GArray *steps, GError **error);
