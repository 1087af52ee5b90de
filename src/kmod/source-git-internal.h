/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signature of a recipe's revision. */
#pragma once

#include "kmod/build.h"

/*
 * Whether the recipe's revision, in the repository that is the source, is signed by the recipe's key: a tag,
 * or a commit. Not so: an error that says why.
 */
bool ksig_kmod_source_check_revision(const struct ksig_kmod_build *build, GError **error);
