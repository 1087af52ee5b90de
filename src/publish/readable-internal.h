/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/* Whether users' own reader (libsolv, under dnf) takes the files UPDATES and GROUPS (each may be NULL); else
 * an input error. */
bool repo_is_readable(const char *updates, const char *groups, GError **error);

/* The same of the lists of packages: libsolv, which dnf reads them with, finds N_PACKAGES. */
bool repo_packages_are_readable(const char *primary, const char *filelists, const char *other,
				guint n_packages, GError **error);
