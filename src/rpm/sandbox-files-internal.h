/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Landlock, landlock(7). */
#pragma once

#include "rpm/srpm-internal.h"
#include "rpm/rpm.h"

/* Landlock's part: closes files to this process; its version, less than 1: there is none. */
bool ksig_sandbox_files(const struct ksig_sandbox_files *files, GError **error);
int ksig_sandbox_landlock_version(void);
