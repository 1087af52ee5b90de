/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of a header's line. */
#pragma once

#include "upstream/header-internal.h"
#include "upstream/upstream.h"

/* The number of lower- or upper-case hexadecimal digits at AT. */
size_t ksig_header_hex_length(const char *at);

/* What stands behind WORD (any case), which LINE begins with, blanks and quotes passed over; or NULL. */
const char *ksig_header_skip_word(const char *line, const char *word);

/* Remembers STRING, as of KIND; false if it was seen or there are too many. */
bool ksig_header_is_new(struct ksig_header_scan *scan, const char *kind, const char *string);
