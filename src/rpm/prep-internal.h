/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a package's %prep does with patches is asked of the %prep itself. */
#pragma once

#include "rpm/srpm-internal.h"
#include "rpm/rpm.h"

/*
 * Runs the %prep of SPEC in a sandbox of files below FOLDER, where the package's files are, and fills SRPM's
 * patches with what it had patching tools do. A Patch line that it did not get to is an error.
 */
bool ksig_prep_run(const ksig_spec *spec, const char *folder, ksig_srpm *srpm, GError **error);
