/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/*
 * Whether REPOSITORY has files and folders where git looks for some, in GIT_DIR and COMMON (but for objects),
 * or in FOLDER, and no pipes or devices. An input error names the first that is none.
 */
bool git_kinds_folder(const char *repository, const char *folder, GError **error);
bool git_kinds_check(const char *repository, const char *git_dir, const char *common, GError **error);
