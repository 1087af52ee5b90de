/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The owner of each line of the files that were asked for, at the last revision. */
#pragma once

#include "export/site-internal.h"

/* The owners of the lines of the files asked for; the shards that there are, joined by commas. */
bool ksig_site_write_blame(const struct ksig_site *site, GString *out_shards, GError **error);
