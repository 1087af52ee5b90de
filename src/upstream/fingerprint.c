/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 30-bit hash of a line: without white space in its first 1024 bytes; 0 for a line without letter or
 * digit.
 */
#include "upstream/pool.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { HASH_BITS = 30, SHORT_LINE_BYTES = 1024 };

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_' || (unsigned char) c >= 0x80;
}

uint32_t ksig_upstream_line_fingerprint(const char *line, size_t length_bytes)
{
	char squeezed[SHORT_LINE_BYTES];

	/* Trees have the line with its end, differences without. */
	while (length_bytes > 0 && is_space(line[length_bytes - 1]))
		length_bytes--;
	const size_t limit = MIN(length_bytes, sizeof squeezed);
	size_t n = 0;
	bool word = false;

	for (size_t i = 0; i < limit; i++) {
		if (is_space(line[i]))
			continue;
		word |= is_word(line[i]);
		squeezed[n++] = line[i];
	}
	/* Of a longer line the tail counts as it is: such lines are data, and their white space with them. */
	const uint64_t seed = length_bytes > limit ? XXH3_64bits(line + limit, length_bytes - limit) : 0;
	if (!word && seed == 0)
		return 0;
	const uint32_t hash = (uint32_t) (XXH3_64bits_withSeed(squeezed, n, seed) >> (64 - HASH_BITS));
	return hash ? hash : 1;
}
