/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live: the release gate: a patch in a guest with its kernel, before any machine gets it. */
#pragma once

#include "live/live.h"

struct ksig_live_gate_options {
	const char *folder;         /* of the patch, as ksig_live_manifest_write() left it */
	const char *kernel;         /* the image (vmlinuz) that it is for */
	const char *older;          /* folder of the set that it takes the place of; NULL: there is none */
	const char *const *modules; /* .ko files that are loaded before it, in order; NULL: none */
	const char *headers;        /* what modules are built against; NULL: where distributions keep it */
	const char *probe;      /* a script whose output the patch changes, run in the guest; NULL: none */
	bool no_stall;          /* nothing is made to stall */
	const char *key, *home; /* OpenPGP; NULL: the result is not written */
};

struct ksig_live_gate_step {
	char *name;
	const char *outcome; /* "passed", "failed", "not run" */
	char *detail;
};

typedef struct ksig_live_gate_result {
	char *id;
	bool passed;
	double seconds;   /* in the guest */
	GPtrArray *steps; /* of struct ksig_live_gate_step */
	char *output;     /* all that the guest said */
} ksig_live_gate_result;
void ksig_live_gate_result_free(ksig_live_gate_result *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_live_gate_result, ksig_live_gate_result_free)

/*
 * Boots exactly the kernel of a patch in QEMU (emulated) and applies, replaces, rolls back, stalls and
 * reverses it there. With a key the result goes, signed, beside the manifest: test.json. That it did not pass
 * is a result, not an error.
 */
ksig_live_gate_result *ksig_live_gate_run(const struct ksig_live_gate_options *options, GError **error);
