/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a .c file whose macros are expanded. */
#pragma once

#include "kmod/devices.h"

/* An expanded file, and what its tables are added to. */
struct device_expansion {
	const char *file;
	const char *text;
	const char *missing;          /* device_units_missing() */
	GPtrArray *driven, *disabled; /* of struct ksig_device */
	GPtrArray *untold;            /* likewise: of tables that a pci_driver has and nothing exports */
	GPtrArray *unclear;           /* char * */
	GHashTable *others;           /* device_units_others() */
};

void device_expansion_read(const struct device_expansion *expansion);
