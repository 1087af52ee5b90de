/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recipe may say. */
#pragma once

#include "kmod/recipe.h"

/* Whether GROUP of FILE, which was read from PATH, has only keys that it may have. */
bool recipe_check_group(const char *path, GKeyFile *file, const char *group, GError **error);

/* "options", or "options NAME" with a range of kernels. */
bool recipe_group_is_options(const char *group);

/* Whether RECIPE, which was read from PATH, can be built: all that has to be said is, and no word means
 * anything to a shell or to RPM. */
bool recipe_check(const char *path, const struct ksig_recipe *recipe, GError **error);

/* True if NAME may be a recipe's: a package is called so. */
bool recipe_is_name(const char *name);

/* True if WORD may stand in a recipe's lists: letters that mean nothing to a shell or to RPM. */
bool recipe_word_is_plain(const char *word);

/* The same of an argument of make, in which blanks may be as well. */
bool recipe_argument_is_plain(const char *argument);
