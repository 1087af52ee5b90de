/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/publish.h"
#include "publish/plan-internal.h"

void plan_free_package(gpointer package);
void plan_free_change(gpointer change);
/* Adds a change to the publication's. */
void plan_note(repo_publication *publication, enum ksig_repo_verb verb, const ksig_package *package,
	       const char *why);
/* Takes out what is withdrawn and what is older than those to keep; what stays is checked. */
bool plan_leave(repo_publication *publication, GError **error);

ksig_package *package_copy(const ksig_package *package, const char *path);
