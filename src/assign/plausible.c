/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a changelog entry that mean a large change ("rework", "import") or a small one ("fix",
 * "leak"), and the lines that each may have.
 */
#include "assign/plausible-internal.h"
#include "upstream/symbols.h"

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

GStrv entry_symbols(const char *subject)
{
	return ksig_upstream_symbols(subject, SYMBOL_LENGTH);
}
