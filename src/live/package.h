/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live: a patch packed for RPM. */
#pragma once

#include "live/manifest.h"

/* The name of the package that live patches for RELEASE come in: "kpatch-patch-4_18_0-305" for
 * "4.18.0-305.el8.x86_64"; OUT_DIST (may be NULL): ".el8", or NULL if there is none in it. */
char *ksig_live_package_name(const char *release, char **out_dist, GError **error);

/*
 * Packs FOLDER, as ksig_live_manifest_write() left it, to OUTPUT: NAME-1-REVISION, for exactly that kernel,
 * and its source package. DIST: the end of the release; NULL: as the kernel's. UNTESTED: the words without
 * which only what passed ksig live test is packed. Gives the paths. Packages are signed afterwards (ksig
 * sign), as all are.
 */
GPtrArray *ksig_live_package(const char *folder, const char *output, const char *dist, const char *untested,
			     GError **error);

/* Where packages put live patches on a machine: ID/ each. The client finds them there, too. */
#define KSIG_LIVE_PACKAGED "/usr/lib/ksig/live"
