/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commits into the repository that they are exported to. */
#pragma once

#include "export/export.h"

struct ksig_push {
	const char *repository; /* as the user calls it */
	const char *git_dir;    /* what stands for it */
	bool force, dry_run;
};

/* Pushes REFSPECS ("ID:refs/…") from STORE. */
bool ksig_export_push(ksig_store *store, const struct ksig_push *push, GPtrArray *refspecs, GError **error);
