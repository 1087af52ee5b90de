/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The details of a patch as JavaScript data in shards. */
#pragma once

#include "export/site-entrant-internal.h"
#include "export/site-internal.h"

/* Adds the patch to the data of its page; fills what the entrant tells of it. */
bool ksig_site_add_details(struct ksig_site_entrant *entrant, GError **error);
