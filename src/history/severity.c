/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guess at how bad a flaw is, by words such as "use-after-free" in what its fix says. */
#include "history/severity.h"

#include <string.h>

static const char *const severity_names[] = {
	[KSIG_SEVERITY_NONE] = "unknown",
	[KSIG_SEVERITY_LOW] = "low",
	[KSIG_SEVERITY_MEDIUM] = "medium",
	[KSIG_SEVERITY_HIGH] = "high",
};

/* Words of fixes, the worst first: memory that others can write, then read, then a machine that stops. */
static const struct {
	const char *word;
	enum ksig_severity severity;
} severities[] = {
	{"privilege escalation", KSIG_SEVERITY_HIGH},
	{"use-after-free", KSIG_SEVERITY_HIGH},
	{"use after free", KSIG_SEVERITY_HIGH},
	{"uaf", KSIG_SEVERITY_HIGH},
	{"double free", KSIG_SEVERITY_HIGH},
	{"double-free", KSIG_SEVERITY_HIGH},
	{"buffer overflow", KSIG_SEVERITY_HIGH},
	{"out-of-bounds write", KSIG_SEVERITY_HIGH},
	{"out of bounds write", KSIG_SEVERITY_HIGH},
	{"memory corruption", KSIG_SEVERITY_HIGH},
	{"heap overflow", KSIG_SEVERITY_HIGH},
	{"out-of-bounds", KSIG_SEVERITY_MEDIUM},
	{"out of bounds", KSIG_SEVERITY_MEDIUM},
	{"integer overflow", KSIG_SEVERITY_MEDIUM},
	{"underflow", KSIG_SEVERITY_MEDIUM},
	{"uninitialized", KSIG_SEVERITY_MEDIUM},
	{"uninit-value", KSIG_SEVERITY_MEDIUM},
	{"info leak", KSIG_SEVERITY_MEDIUM},
	{"infoleak", KSIG_SEVERITY_MEDIUM},
	{"refcount", KSIG_SEVERITY_MEDIUM},
	{"race", KSIG_SEVERITY_MEDIUM},
	{"null pointer", KSIG_SEVERITY_LOW},
	{"null-ptr-deref", KSIG_SEVERITY_LOW},
	{"null deref", KSIG_SEVERITY_LOW},
	{"deadlock", KSIG_SEVERITY_LOW},
	{"memory leak", KSIG_SEVERITY_LOW},
	{"memleak", KSIG_SEVERITY_LOW},
	{"panic", KSIG_SEVERITY_LOW},
	{"infinite loop", KSIG_SEVERITY_LOW},
	{"soft lockup", KSIG_SEVERITY_LOW},
};

const char *ksig_history_severity_name(enum ksig_severity severity)
{
	return severity_names[severity];
}

static bool says(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *found = strstr(text, word); found; found = strstr(found + 1, word))
		if ((found == text || !g_ascii_isalnum(found[-1])) && !g_ascii_isalnum(found[length]))
			return true;
	return false;
}

enum ksig_severity ksig_history_severity_guess(const char *text, const char **out_word)
{
	g_autofree char *small = g_ascii_strdown(text, -1);

	for (size_t i = 0; i < G_N_ELEMENTS(severities); i++)
		if (says(small, severities[i].word)) {
			*out_word = severities[i].word;
			return severities[i].severity;
		}
	*out_word = NULL;
	return KSIG_SEVERITY_NONE;
}
