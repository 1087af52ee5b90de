/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of a header's line: digits of an id, what stands behind a word, what was not said before. */
#include "upstream/header-words-internal.h"
#include "upstream/header-internal.h"

#include <string.h>

enum { REFERENCES_LIMIT = 500 }; /* tickets, fixes and reverts of one patch */

size_t ksig_header_hex_length(const char *at)
{
	return strspn(at, "0123456789abcdefABCDEF");
}

bool ksig_header_is_new(struct ksig_header_scan *scan, const char *kind, const char *string)
{
	if (g_hash_table_size(scan->seen) >= REFERENCES_LIMIT)
		return false;
	return g_hash_table_add(scan->seen, g_strconcat(kind, string, NULL));
}

const char *ksig_header_skip_word(const char *line, const char *word)
{
	const size_t n = strlen(word);

	return g_ascii_strncasecmp(line, word, n) == 0 ? line + n + strspn(line + n, " \t\"'<") : NULL;
}
