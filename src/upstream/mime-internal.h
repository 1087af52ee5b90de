/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What mail does to text. */
#pragma once

#include "upstream/upstream.h"

/* TEXT's RFC 2047 words ("=?UTF-8?q?J=C3=B6rg?=") decoded; UTF-8, one line. */
char *ksig_mime_words(const char *text);

/* BODY in the transfer ENCODING that a mail names (NULL: as it is) decoded to bytes. */
GString *ksig_mime_body(const char *body, size_t length_bytes, const char *encoding);

/* Bytes in CHARSET (NULL: UTF-8 if they are, else ISO 8859-1) as UTF-8 without control characters and CR. */
char *ksig_mime_utf8(const char *text, size_t length_bytes, const char *charset);

/* The same with control characters and CR as they are. Free with g_free(). */
char *ksig_mime_recode(const char *text, size_t length_bytes, const char *charset);

/* "text/plain; charset=iso-8859-1": the charset, NULL if none is named. */
char *ksig_mime_charset(const char *content_type);

/* The date of a mail, of git or of ISO 8601, as "2022-10-16T21:42:47+01:00"; NULL if not readable. */
char *ksig_mime_date(const char *text);
