/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a refusal means. The ways out are those of kpatch's patch author guide.
 */
#include "live/live.h"

#include <string.h>

static const struct {
	const char *words, *meaning;
} reasons[] = {
	{".init.text", "init code has run already: changing it does nothing; way out: do its new work in a "
		       "pre-patch callback"},
	{"unsupported reference to special section",
	 "a special section's entry refers to what cannot be patched; way out: move the change into a "
	 "function of its own"},
	{"changed section",
	 "data that exists already would change: a live patch cannot rewrite it (its users go on with "
	 "the old content); way out: leave the initial value and change it in a pre-patch callback, or "
	 "keep the new data beside the old in a shadow variable"},
	{"changed data:",
	 "data that exists already would change: a live patch cannot rewrite it; way out: leave the initial "
	 "value and change it in a pre-patch callback, or keep the new data beside the old in a shadow "
	 "variable"},
	{"unreconcilable difference",
	 "something other than a function's body changed; way out: leave data, sections and "
	 "attributes as they are and change code only"},
	{"data section",
	 "a data section changed; way out: a shadow variable for new members, a callback for new values"},
	{"status changed", "a variable was added, removed or changed its kind; way out: a static local of "
			   "the patched function, or a "
			   "shadow variable"},
	{"no fentry",
	 "the function cannot be traced (notrace, or inlined everywhere): ftrace has no place to redirect "
	 "it; way out: patch its callers"},
	{"lack a fentry",
	 "the function cannot be traced (notrace, or inlined everywhere): ftrace has no place to "
	 "redirect it; way out: patch its callers"},
	{"fentry/mcount call, unable to patch",
	 "the function has no ftrace call (notrace, or __init): nothing can be "
	 "redirected there; way out: patch its callers"},
	{"unsupported static branch key",
	 "a jump label's key belongs to a module or is not exported; way out: test the key with "
	 "static_key_enabled() in its place"},
	{"unsupported static call key",
	 "a static call's key belongs to another object; way out: use the plain call through its pointer "
	 "(KPATCH_STATIC_CALL, KLP_STATIC_CALL)"},
	{"static call",
	 "static calls of that object cannot be patched; way out: KPATCH_STATIC_CALL() in its place"},
	{"jump label",
	 "a jump label's key belongs to a module or is not exported; way out: test the key with "
	 "static_key_enabled() in its place"},
	{"no functional changes found", "the patches change no code"},
	{"no changes detected", "the patches change no code"},
	{"no changed objects found", "the patches change no object that is built"},
	{"unsupported patch to",
	 "assembly, lib/, the vDSO and real-mode code cannot be patched live; way out: patch the callers"},
	{"file failed to apply", "the patch does not apply to this kernel"},
	{"did not apply", "the patch does not apply to this kernel"},
	{"symbol changed sections",
	 "a function moved to another section (init, exit, noinstr); way out: keep its attribute"},
	{"shndx", "a function moved to another section; way out: keep its attributes as they are"},
	{"function signature", "the function's signature changed; way out: add a new function and call it"},
	{"Can't find",
	 "a symbol that the patch uses is not in the kernel's symbol table; is vmlinux of this kernel?"},
};

/* The function in "NAME: …" or in quotes of the line that has the words. */
static char *line_of(const char *output, const char *found)
{
	const char *start = found;

	while (start > output && start[-1] != '\n')
		start--;
	return g_strndup(start, strcspn(start, "\n"));
}

char *ksig_live_explain(const char *output)
{
	for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
		const char *found = strstr(output, reasons[i].words);
		if (!found)
			continue;
		g_autofree char *line = line_of(output, found);
		return g_strdup_printf("%s (%s)", reasons[i].meaning, g_strstrip(line));
	}
	return NULL;
}
