/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch's text, what a build's refusal says, a release. */
#include "live/live.h"
#include "live/package.h"
#include "live/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *) data, size);
	g_autoptr(ksig_live_judgement) judgement = ksig_live_judge(text, "x86");
	const char *word;

	g_assert_nonnull(ksig_live_verdict_name(judgement->verdict));
	ksig_history_severity_guess(text, &word);
	g_free(ksig_live_explain(text));
	g_free(ksig_live_package_name(text, NULL, NULL));
	return 0;
}
