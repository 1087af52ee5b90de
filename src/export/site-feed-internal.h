/* SPDX-License-Identifier: GPL-2.0-or-later */
/* feed.xml. */
#pragma once

#include "export/site-internal.h"

bool ksig_site_write_feed(const struct ksig_site *site, GError **error);
