/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends the site's data. */
#pragma once

#include "export/site-internal.h"

/* Ends the shards, writes the file index and data/meta.js. */
bool ksig_site_end_data(struct ksig_site *site, GError **error);
