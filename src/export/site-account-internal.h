/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A revision's changelog beside its code. */
#pragma once

#include "export/site-internal.h"

/* What the changelog of the revision at POSITION announces, beside the code; nothing without one. */
bool ksig_site_add_account(const struct ksig_site *site, GString *html, guint position, GError **error);
