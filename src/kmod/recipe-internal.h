/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kmod/recipe.h"

/* Whether GROUP of FILE, which was read from PATH, has only keys that it may have. */
bool recipe_check_group(const char *path, GKeyFile *file, const char *group, GError **error);

/* Whether RECIPE, which was read from PATH, can be built: all that has to be said is, and no word means
 * anything to a shell or to RPM. */
bool recipe_check(const char *path, const struct ksig_recipe *recipe, GError **error);
