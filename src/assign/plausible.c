/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a changelog entry that mean a large change ("rework", "import") or a small one ("fix",
 * "leak"), and the lines that each may have.
 */
#include "assign/plausible-internal.h"

#include <string.h>

enum { SMALL_LINES = 150, USUAL_LINES = 1000, SYMBOL_LENGTH = 10 };

bool entry_is_plausible(const struct ksig_changelog_entry *entry, uint64_t lines)
{
	/* with blanks around, so that words are whole where that matters */
	static const char *const large[] = {" rework",     " rewrite",       " rebase",      " sync",
					    " update to",  " update from",   " import",      " initial",
					    " new driver", " remove driver", " backport",    " bring ",
					    " upgrade",    " refresh",       " driver from", NULL};
	static const char *const small[] = {" unused",  " typo",    " warning", " comment",  " leak",
					    " fix",     " avoid",   " prevent", " check",    " off by",
					    " off-by",  " null",    " race",    " deadlock", " overflow",
					    " missing", " correct", " don't",   " do not",   " relax",
					    " safe",    " allow",   " use ",    " silence",  " mark ",
					    " export ", " set ",    " clear ",  " reset ",   NULL};
	g_autofree char *folded = g_ascii_strdown(entry->subject, -1);
	g_autofree char *words = g_strconcat(" ", g_strdelimit(folded, ":/()[],", ' '), " ", NULL);

	if (ksig_text_has_any(words, large))
		return true;
	return lines <= (ksig_text_has_any(words, small) ? SMALL_LINES : USUAL_LINES);
}

/* "x86_64" and a subsystem before its colon are no symbols; "CONFIG_X" stands in Kconfig without its prefix.
 */
static bool is_symbol(const char *word, size_t length, const char *behind)
{
	if (*behind == ':' || length == 0 || strncmp(word, "CONFIG_", strlen("CONFIG_")) == 0)
		return false;
	return g_str_has_prefix(behind, "()") || (length >= SYMBOL_LENGTH && memchr(word, '_', length));
}

GStrv entry_symbols(const char *subject)
{
	static const char characters[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_";
	g_autoptr(GStrvBuilder) symbols = g_strv_builder_new();

	for (const char *word = subject; *word;) {
		const size_t length = strspn(word, characters);
		if (is_symbol(word, length, word + length)) {
			g_autofree char *symbol = g_strndup(word, length);
			g_strv_builder_add(symbols, symbol);
		}
		word += MAX(length, (size_t) 1);
	}
	return g_strv_builder_end(symbols);
}
