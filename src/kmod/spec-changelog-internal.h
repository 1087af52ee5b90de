/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The changelog of a package. */
#pragma once

#include "kmod/build.h"

/* Adds the mark CHANGELOG to MARKS: an entry for this package, then the recipe's own. */
void spec_add_changelog(GArray *marks, const ksig_recipe *recipe, const char *release, unsigned number);
