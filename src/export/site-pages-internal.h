/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The site's other pages. */
#pragma once

#include "export/site-internal.h"

/* Writes every page but those of data. */
bool ksig_site_write_pages(const struct ksig_site *site, GError **error);
