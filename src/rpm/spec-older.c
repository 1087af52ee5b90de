/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What specs for an older rpm say and a newer one refuses, in words that it takes: rpm 4.20 has built in what
 * EL 8's kernels define, rpmversion, and has no %patch1, nor a %patch that means %patch0.
 */
#include "rpm/spec-older-internal.h"

#include <rpm/rpmlib.h>
#include <rpm/rpmmacro.h>

/* An expansion as one line, so that what is commented out stays so. */
#define ONE_LINE(macro)                                                                                      \
	"%%{lua:print((rpm.expand(\"%%{" macro "}\"):gsub(\"\\n+$\", \"\"):gsub(\"\\n+\", \"; \")))}"

static char *renamed(const char *text, const char *pattern, const char *name)
{
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_RAW | G_REGEX_MULTILINE, 0, NULL);

	return g_regex_replace_literal(regex, text, -1, 0, name, 0, NULL);
}

static bool has_patch_numbers(void)
{
	return rpmvercmp(RPMVERSION, "4.19.90") < 0;
}

char *spec_older_text(const char *text)
{
	g_autoptr(GRegex) defines = g_regex_new("^\\s*%(define|global)\\s+rpmversion\\b",
						G_REGEX_RAW | G_REGEX_MULTILINE, 0, NULL);
	g_autofree char *named = g_regex_match(defines, text, 0, NULL)
					 ? renamed(text, "\\brpmversion\\b", "kernel_rpmversion")
					 : g_strdup(text);

	if (has_patch_numbers())
		return g_steal_pointer(&named);
	/* The number may be an expansion: %patch%{n}. */
	g_autofree char *counted = renamed(named, "(?<!%)%patch(?=%)", "%ksig_patch -P ");
	return renamed(counted, "(?<!%)%patch(?=\\s|$)", "%ksig_patch");
}

static void define_patch(const char *number)
{
	g_autofree char *name = g_strconcat("patch", number, NULL);
	g_autofree char *body = g_strdup_printf(ONE_LINE("patch -P %s %%{**}"), number);

	if (!rpmMacroIsDefined(NULL, name))
		rpmPushMacro(NULL, name, "-", body, RMIL_CMDLINE);
}

void spec_older_macros(const char *text)
{
	/* Of Patch lines, one without a number has the next; what else has one is a use. */
	g_autoptr(GRegex) numbers = g_regex_new("(?|^patch(\\d{0,10})[ \\t]*(:)|\\bpatch(\\d{1,10})())",
						G_REGEX_RAW | G_REGEX_CASELESS | G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	gint64 last = -1;

	if (has_patch_numbers())
		return;
	g_autofree char *body = g_strdup_printf(ONE_LINE("patch %%{!-P:%%{!?1:-P 0}} %%{**}"));
	rpmPushMacro(NULL, "ksig_patch", "b:d:EF:o:p:P:RZz:", body, RMIL_CMDLINE);
	for (g_regex_match(numbers, text, 0, &match); g_match_info_matches(match);
	     g_match_info_next(match, NULL)) {
		g_autofree char *number = g_match_info_fetch(match, 1);
		g_autofree char *tag = g_match_info_fetch(match, 2);
		g_autofree char *next = g_strdup_printf("%" G_GINT64_FORMAT, last + 1);
		define_patch(*number ? number : next);
		if (*tag)
			last = g_ascii_strtoll(*number ? number : next, NULL, 10);
	}
}
