/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of a driver's source. */
#pragma once

#include "kmod/devices-internal.h"
#include "kmod/devices.h"

/* The devices with SETTINGS: driven ones, and those that are switched off while the module runs marked so. */
GPtrArray *device_read(device_units *units, const char *settings, GPtrArray *unclear, GError **error);

/* Adds to UNCLEAR how many tables of each other bus there are, if any, once for all readings of UNITS. */
void device_read_others(const device_units *units, GPtrArray *unclear);

/*
 * The tables of the rows that TEXT, which FILE has or shall have, is written with (NAMES: which). BASE: what
 * the preprocessor has to know of the kernel.
 */
GPtrArray *device_read_tables(device_units *units, const char *base, const char *file, const char *text,
			      const device_names *names, GError **error);
