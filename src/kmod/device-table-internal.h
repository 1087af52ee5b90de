/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of PCI ids in C source. */
#pragma once

#include "kmod/devices-internal.h"
#include "kmod/devices.h"

/* What the preprocessor has to know before a file: directives, and the folder of the copies that they include
 * (NULL: none). */
struct device_definitions {
	const char *text, *copies;
};

/* The tables of TEXT, what FILE has, that NAMES has. */
GPtrArray *device_tables_parse(const char *file, const char *text,
			       const struct device_definitions *definitions, const device_names *names,
			       GError **error);

/* Of C text: the brace that closes the one before OPEN (NULL: none); the end of the row that starts at AT. */
const char *device_closing_brace(const char *open);
const char *device_entry_end(const char *at, const char *end);
