/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/* Whether users' own reader (libsolv, under dnf) takes the files UPDATES and GROUPS (each may be NULL); else
 * an input error. */
bool repo_is_readable(const char *updates, const char *groups, GError **error);
