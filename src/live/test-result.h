/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live: the signed result of the release gate, beside the manifest. */
#pragma once

#include "live/manifest.h"

/* What the result TEST says, "passed" if all is well; NULL: nothing. To g_free(). */
char *ksig_live_test_verdict(GBytes *test);
/* WORDS (may be NULL) are the ones without which nothing is published that was not tested: *OUT_WAIVED; other
 * words are a usage error. */
bool ksig_live_test_waived(const char *words, bool *out_waived, GError **error);
/* Says before ERROR whose refusal it is, and with which words it goes; false. */
bool ksig_live_test_refused(GError **error);
/* Whether RESULT, read out of BYTES, is about the module that MANIFEST is about, and all that was run went
 * well. */
bool ksig_live_test_is_of(const ksig_document *result, GBytes *bytes, const ksig_live_manifest *manifest);
/* The same for BYTES alone. */
bool ksig_live_test_fits(const char *what, GBytes *bytes, const ksig_live_manifest *manifest);
/* Whether a result that the patch passed is there, whoever signed it. */
bool ksig_live_test_is_beside(const char *folder, const ksig_live_manifest *manifest);

/* Whether the patch in FOLDER may be published: it passed the gate, or the words are said. */
struct ksig_live_test_check {
	const char *words; /* NULL: not said */
	bool signatures;   /* the result has to be signed by who signed the manifest, as gpg's HOME knows */
	const char *home;
};
bool ksig_live_test_check(const char *folder, const ksig_live_manifest *manifest,
			  const struct ksig_live_test_check *how, GError **error);
