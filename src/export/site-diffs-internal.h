/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which differences the pages of patches show, before the first is made. */
#pragma once

#include "export/site-internal.h"

/* Begins to read the differences, in the order in which the patches come. */
bool ksig_site_open_diffs(struct ksig_site *site, GError **error);
