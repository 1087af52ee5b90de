/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/* The type of which metadata of TYPE is the zchunk form ("primary" of "primary_zck"), to g_free(); NULL: it
 * is none. */
char *repo_chunked_of(const char *type);
/* Whether CHUNKED has, unpacked, the bytes of PLAIN, unpacked: readers that know zchunk read it instead. */
bool repo_chunked_is_same(const char *chunked, const char *plain, GError **error);
