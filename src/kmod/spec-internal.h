/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kmod/build.h"

/* Puts VALUE in each place "@NAME@" of SPEC. A line that is nothing but a place goes if VALUE is empty. */
void spec_fill(GString *spec, const char *name, const char *value);

/* Fills the place CHANGELOG of SPEC: an entry for this package, then the recipe's own. */
void spec_fill_changelog(GString *spec, const ksig_recipe *recipe, const char *release, unsigned number);
