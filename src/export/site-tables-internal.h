/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of the web site that are one table of what is not in a patch. */
#pragma once

#include "export/site-internal.h"

/* What is missing, and what is being watched: pages that are there if there is something to tell. */
bool ksig_site_write_missing(const struct ksig_site *site, GError **error);

/* What the CVE records say of the last revision, if there are any. */
bool ksig_site_add_verdicts(const struct ksig_site *site, GString *html, GError **error);
bool ksig_site_write_status(const struct ksig_site *site, GError **error);
