/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/advisory.h"
#include "rpm/metadata.h"

/* Advisories of FOLDER's repodata as they are; NULL without error: none. */
cr_UpdateInfo *repo_updates_load(const char *folder, GError **error);
/*
 * Adds or replaces those of ADVISORIES that are about some of PACKAGES, in the tree ROOT; MATCHED (may be
 * NULL) gets them. Gives how many differ from what was there.
 */
guint repo_updates_merge(cr_UpdateInfo *updates, GPtrArray *advisories, GPtrArray *packages, const char *root,
			 GHashTable *matched);
guint repo_updates_take(cr_UpdateInfo *updates, const cr_UpdateInfo *others);
