/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What trust says of files, for tests/trust/test-states.py: a question a line on standard input, an answer a
 * line. TRUST UNIX-TIME FILE [SIGNATURE]   (a detached signature of FILE; without it, FILE is a package)
 *     accepted | NAME-OF-REFUSAL: message | unread: message (the policy itself is refused)
 */
#include "trust/trust.h"

#include <stdio.h>
#include <string.h>

static bool check(ksig_trust *trust, char **words, struct ksig_trust_verdict *verdict, GError **error)
{
	if (!words[3])
		return ksig_trust_check_package(trust, KSIG_ROLE_KERNEL, words[2], verdict, error);
	g_autoptr(GBytes) data = ksig_bytes_read(words[2], 1 << 20, error);
	g_autoptr(GBytes) signature = data ? ksig_bytes_read(words[3], 1 << 20, error) : NULL;
	return signature && ksig_trust_check_data(trust, KSIG_ROLE_KERNEL, words[2], "subject", data,
						  signature, verdict, error);
}

static void answer(char **words)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_trust) trust = ksig_trust_open(words[0], &error);
	struct ksig_trust_verdict verdict = {0};

	if (trust)
		ksig_trust_set_time(trust, g_ascii_strtoll(words[1], NULL, 10));
	const bool good = trust && check(trust, words, &verdict, &error);
	printf("%s%s%s\n", trust ? ksig_trust_refusal_name(verdict.refusal) : "unread", good ? "" : ": ",
	       good ? "" : error->message);
	fflush(stdout);
	ksig_trust_verdict_clear(&verdict);
}

int main(void)
{
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", -1);
		if (g_strv_length(words) < 3)
			return 2;
		answer(words);
	}
	return 0;
}
