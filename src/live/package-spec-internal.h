/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/manifest.h"

/* A live patch while it is packed. */
struct live_package {
	const char *folder;
	const char *given_dist; /* NULL: the kernel's, or RPM's own */
	ksig_live_manifest *manifest;
	char *name;               /* "kpatch-patch-4_18_0-305" */
	char *dist;               /* ".el8", out of the kernel's release; NULL: none in it */
	const char *untested;     /* words; NULL: not said */
	bool tested;              /* test.json goes with it */
	const char *architecture; /* as RPM says it */
	GPtrArray *patches;       /* of char *: names below FOLDER/patches */
};

/* The spec; to g_free(). */
char *live_package_spec(const struct live_package *package);
