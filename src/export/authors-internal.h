/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a patch is that no upstream commit speaks for. */
#pragma once

#include "export/export.h"

/* Gives PATCH, which has no address, NAME (NULL: the vendor's) and one that is plainly made up. */
void ksig_export_name_author(struct ksig_patch *patch, const char *name);
