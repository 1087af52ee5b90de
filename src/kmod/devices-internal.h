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

/*
 * The PCI tables of the file FILE below FOLDER. DEFINITIONS: what the preprocessor has to know before the
 * file, as text.
 */
GPtrArray *device_tables_read(const char *folder, const char *file, const char *definitions, GError **error);

/* The same for TEXT in place of what FILE has. */
GPtrArray *device_tables_parse(const char *file, const char *text, const char *definitions, GError **error);

/* What the headers below FOLDER and RECIPE's options define; to g_free(). */
char *device_definitions(const char *folder, const ksig_recipe *recipe, GError **error);

/* The source files of RECIPE below FOLDER that have PCI tables: paths below FOLDER (char *). */
GPtrArray *device_files(const char *folder, const ksig_recipe *recipe);

/*
 * The alias of an expanded entry such as ".vendor = (0x15b3), .device = (0x1002), …" as modpost writes it
 * (scripts/mod/file2alias.c, do_pci_entry()); to g_free(). NULL: it is not made of numbers alone. OUT_IS_END:
 * it is all zero and ends a table.
 */
char *device_alias(const char *expanded, bool *out_is_end);
