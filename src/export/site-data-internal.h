/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One patch into the site. */
#pragma once

#include "export/site-internal.h"
#include "history/upstream-diff.h"

/* Adds one patch to the data and the figures; ksig_catalog_patch_fn with a struct ksig_site as DATA. */
bool ksig_site_add_patch(struct ksig_patch *patch, gpointer data, GError **error);
bool ksig_site_end_list_shard(struct ksig_site *site, GError **error);
