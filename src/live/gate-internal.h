/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The release gate: a patch in a guest with its kernel, before any machine gets it. */
#pragma once

#include "live/client-internal.h"

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

/* gate-guest.c: the initramfs; gives its path. HOLD NULL: nothing that holds transitions up. */
char *live_gate_guest(const struct gate *gate, GBytes *hold, GError **error);
/* gate-hold.c: the module that holds up transitions, built for RELEASE. */
GBytes *live_gate_hold(const struct gate *gate, GError **error);
/* gate-judge.c: array of struct ksig_live_gate_step out of what the guest said. */
GPtrArray *live_gate_judge(const struct gate *gate, const char *output, bool hold);
/* The text of a file that is built in. */
GBytes *live_gate_file(const char *name);
