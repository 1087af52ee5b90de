/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ksig export quilt. */
#pragma once

#include "export/export.h"

/* FROM becomes the folder TO; one that is there and not empty is a negative answer. */
bool ksig_export_put_in_place(const char *from, const char *to, GError **error);
