/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a source may have the text of a recipe's licence. */
#pragma once

#include "kmod/build.h"

/*
 * The files (shell patterns) of a source that may have the text of RECIPE's licence: at its top, or as a
 * kernel's tree and REUSE have them; to g_strfreev().
 */
char **ksig_kmod_license_patterns(const ksig_recipe *recipe);
