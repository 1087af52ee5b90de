/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live: before a patch's package is published. */
#pragma once

#include "live/manifest.h"

typedef struct ksig_keyring ksig_keyring; /* rpm.h */

/*
 * Whether the package file PATH of a live patch may be published: it holds the result of a test that exactly
 * its module passed, signed by a livepatch key of TRUST, or by one of KEYS (both may be NULL: whoever
 * signed). WORDS (may be NULL) do without. Not so: a negative answer.
 */
bool ksig_live_package_gate(const char *path, ksig_trust *trust, ksig_keyring *keys, const char *words,
			    GError **error);
