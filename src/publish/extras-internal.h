/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/plan-internal.h"

/* Keys, .repo files, mirror lists, and the signed list of their sums. */
bool publication_write_extras(const repo_publication *publication, GPtrArray *prefixes, GError **error);
