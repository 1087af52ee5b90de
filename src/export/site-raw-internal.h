/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a patch's page offers to be taken away. */
#pragma once

#include "export/site-internal.h"

/* A step as a mail, added to MAILS. */
bool ksig_site_add_mail(const struct ksig_site *site, const struct ksig_link *link, const GString *diff,
			GString *mails, GError **error);

/* Writes raw/NUMBER.KIND. */
bool ksig_site_write_raw(const struct ksig_site *site, int64_t patch_id, const char *kind,
			 const GString *bytes, GError **error);
