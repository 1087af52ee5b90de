/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of PCI ids in C source. */
#pragma once

#include "kmod/devices-internal.h"
#include "kmod/devices.h"

/*
 * The tables of the file FILE below FOLDER that NAMES has. DEFINITIONS: what the preprocessor has to know
 * before the file, as text.
 */
GPtrArray *device_tables_read(const char *folder, const char *file, const char *definitions,
			      const device_names *names, GError **error);

/* The same for TEXT in place of what FILE has. */
GPtrArray *device_tables_parse(const char *file, const char *text, const char *definitions,
			       const device_names *names, GError **error);

/* Of C text: the brace that closes the one before OPEN (NULL: none); the end of the row that starts at AT. */
const char *device_closing_brace(const char *open);
const char *device_entry_end(const char *at, const char *end);
