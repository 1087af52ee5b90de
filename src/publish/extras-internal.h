/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "publish/plan-internal.h"

/*
 * Whether keys or .repo files are others than the channel's. A negative answer, if readers would lose what
 * they rely on: signatures, or mirror lists.
 */
bool publication_compare_extras(const repo_publication *publication, GPtrArray *prefixes, bool *out_changed,
				GError **error);

/* Keys, .repo files, mirror lists, and the signed list of their sums. */
bool publication_write_extras(const repo_publication *publication, GPtrArray *prefixes, GError **error);
