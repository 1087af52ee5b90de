/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kmod/devices.h"

/* Of a source file; tables stand in files of a few hundred KiB. */
enum { DEVICE_FILE_LIMIT_BYTES = 16 << 20 };

/* One table of a file: where its body stands, and its entries. */
struct device_table {
	char *name;
	size_t body, end;   /* offsets in the file, behind the opening brace and at the closing one */
	size_t last;        /* where the entry that ends the table starts, or END: where a new one goes */
	GPtrArray *devices; /* of struct ksig_device; those whose alias is NULL are unclear */
};

/* What a driver's files do with tables of ids, by the tables' names. */
typedef struct {
	GHashTable *exported; /* MODULE_DEVICE_TABLE(pci, NAME): what it drives */
	GHashTable *disabled; /* pci_hw_disabled(NAME, …): what its probe refuses all the same */
} device_names;

/* The list of devices that EL 9 and later switch off for the kernel's own modules, below a kernel's source.
 */
static const char device_central_file[] = "kernel/rh_messages.h";
static const char device_central_table[] = "rh_disabled_pci_devices";

/* How the line of what is not understood begins that counts tables of other buses. */
static const char device_other_buses[] = "tables of other buses than PCI: ";

/* ---- the preprocessor (device-preprocess.c) ------------------------------------------------------ */

/* The names of copies that include each other, and what stands in them for a file that is not there. */
#define DEVICE_COPY_FORMAT "ksig-%u.h"
#define DEVICE_ABSENT "KSIG_ABSENT"

/* ---- whole files (device-unit.c, device-expand.c) ------------------------------------------------ */

/* The source files of RECIPE (borrowed) below FOLDER. */
typedef struct device_units device_units;
