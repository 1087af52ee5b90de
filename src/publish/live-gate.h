/* SPDX-License-Identifier: GPL-2.0-or-later */
/* publish: before a live patch's package is published. */
#pragma once

#include "rpm/rpm.h"
#include "trust/trust.h"

/*
 * Whether the package file PATH of a live patch may be published: it holds the result of a test that exactly
 * its module passed, signed by a livepatch key of TRUST, or by one of KEYS (both may be NULL: whoever
 * signed). WORDS (may be NULL) do without. Not so: a negative answer.
 */
bool ksig_publish_live_gate(const char *path, ksig_trust *trust, ksig_keyring *keys, const char *words,
			    GError **error);
