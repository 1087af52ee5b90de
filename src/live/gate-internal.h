/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The release gate: a patch in a guest with its kernel, before any machine gets it. */
#pragma once

#include "live/gate.h"
#include "live/manifest.h"

enum {
	GATE_DEADLINE_S = 30,             /* of a transition in the guest */
	GATE_TIMEOUT_MS = 15 * 60 * 1000, /* of the guest: emulated, and perhaps on a busy machine */
	GATE_BUILD_TIMEOUT_MS = 10 * 60 * 1000,
	GATE_OUTPUT_LIMIT_BYTES = 16 << 20,
	GATE_LIMIT_MODULES = 200,
};

struct gate {
	const struct ksig_live_gate_options *options;
	ksig_live_manifest *manifest, *older; /* OLDER NULL: the first of its kind */
	GBytes *module;
	char *scratch;
};
