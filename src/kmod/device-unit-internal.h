/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A driver's .c files as the compiler sees them. */
#pragma once

#include "kmod/devices-internal.h"
#include "kmod/devices.h"

device_units *device_units_open(const char *folder, const ksig_recipe *recipe, GError **error);
void device_units_free(device_units *units);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(device_units, device_units_free)
const char *device_units_folder(const device_units *units);
const ksig_recipe *device_units_recipe(const device_units *units);

/* The .c files (char *, paths below the folder) in which, headers put in place, a table of devices may stand.
 */
const GPtrArray *device_units_roots(const device_units *units);

/* The roots, and what they include of the recipe's: paths (char *), each once. */
const GPtrArray *device_units_parts(const device_units *units);

/* The tables of other buses than PCI that were met so far: a set of "BUS FILE NAME". */
GHashTable *device_units_others(const device_units *units);

/*
 * The directives of the first root that is made of PATH and of what it includes, but for those of PATH, kept
 * as a copy; the line that includes it, to g_free().
 */
char *device_units_around(device_units *units, const char *path, GError **error);

/* Keeps TEXT as a copy; the line that includes it, to g_free(). */
char *device_units_copy(device_units *units, const char *text, GError **error);

/* The folder of the copies. */
const char *device_units_copies(const device_units *units);

/* ROOT expanded, with DEFINITIONS before it. */
GString *device_units_expand(device_units *units, const char *root, const char *definitions, GError **error);

/* What ROOT includes by "" and the recipe has not, by blanks; NULL: nothing. */
char *device_units_missing(device_units *units, const char *root);
