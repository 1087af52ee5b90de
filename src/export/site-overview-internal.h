/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The site's index.html. */
#pragma once

#include "export/site-internal.h"

bool ksig_site_write_overview(const struct ksig_site *site, GError **error);
