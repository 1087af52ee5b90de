/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which words of a text are names of functions and symbols. */
#include "upstream/symbols.h"

#include <string.h>

/* "x86_64" and a subsystem before its colon are no symbols; "CONFIG_X" stands in Kconfig without its prefix.
 */
static bool is_symbol(const char *word, size_t length, const char *behind, size_t shortest)
{
	if (*behind == ':' || length == 0 || strncmp(word, "CONFIG_", strlen("CONFIG_")) == 0)
		return false;
	return g_str_has_prefix(behind, "()") || (length >= shortest && memchr(word, '_', length));
}

GStrv ksig_upstream_symbols(const char *text, size_t shortest)
{
	static const char characters[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_";
	g_autoptr(GStrvBuilder) symbols = g_strv_builder_new();

	for (const char *word = text; *word;) {
		const size_t length = strspn(word, characters);
		if (is_symbol(word, length, word + length, shortest)) {
			g_autofree char *symbol = g_strndup(word, length);
			g_strv_builder_add(symbols, symbol);
		}
		word += MAX(length, (size_t) 1);
	}
	return g_strv_builder_end(symbols);
}
