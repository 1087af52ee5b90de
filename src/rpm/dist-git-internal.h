/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of dist-git. */
#pragma once

#include "rpm/rpm.h"

/* The dist-git folder PATH as a source package's: its files are copied to FOLDER, OUT_SPEC is the spec there.
 */
ksig_srpm *dist_git_read(const char *path, const char *folder, char **out_spec, GError **error);
