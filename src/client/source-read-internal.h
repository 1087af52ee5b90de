/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/client-internal.h"

/* A file of a source, from a folder or over HTTP. */
GBytes *client_source_read(const char *source, const char *file, size_t limit_bytes, GError **error);
bool client_source_is_url(const char *source);
/* One spelling for all that name the same source: what was seen of it must not be forgotten for a slash. To
 * g_free(). */
char *client_source_spelling(const char *source);
