/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version that a driver's source gives itself. */
#pragma once

#include "kmod/recipe.h"

/*
 * MODULE_VERSION() of the first of RECIPE's modules in the source in FOLDER, as RPM takes it; to g_free().
 * NULL without error: the source does not say, or not plainly.
 */
char *ksig_kmod_driver_version(const ksig_recipe *recipe, const char *folder, GError **error);
