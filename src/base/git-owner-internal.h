/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/*
 * Whether REPOSITORY, a folder of another user's than root's or this process's, has no part that this user
 * could not read: GIT_DIR, COMMON, what is in them, alternates. An input error names the first that is. Of
 * any repository, whether folders of objects, alternates' too, hold files alone.
 */
bool git_owner_check(const char *repository, const char *git_dir, const char *common, GError **error);
