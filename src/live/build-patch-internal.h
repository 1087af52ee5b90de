/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/built-internal.h"

/* Paths in the "+++ b/" lines of TEXT, below the tree; an input error if one leaves it. */
bool live_patch_paths(const char *what, const char *text, GPtrArray *paths, GError **error);
/* The objects that the touched files reach, or a negative answer if that cannot be told. */
bool live_patch_objects(struct live_build *build, GError **error);
