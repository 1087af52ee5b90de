/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the initialiser of a struct pci_device_id, macros expanded, to a modalias; which modalias covers
 * which.
 */
#pragma once

#include "kmod/devices.h"

/*
 * The one of OTHERS that covers ALIAS, rather one that is driven; NULL: none. The '*' of ALIAS is a letter
 * like any other here: only a '*' of the other one covers it.
 */
const struct ksig_device *device_covering(const char *alias, const GPtrArray *others);

/* True if one of OTHERS, wildcards and all, covers ALIAS. */
bool device_is_covered(const char *alias, const GPtrArray *others);

/* True if one of OTHERS that is driven is of some devices of ALIAS: of a subsystem, or of one class. */
bool device_is_met(const char *alias, const GPtrArray *others);

/*
 * The alias of an expanded entry such as ".vendor = (0x15b3), .device = (0x1002), …" as modpost writes it
 * (scripts/mod/file2alias.c, do_pci_entry()); to g_free(). NULL: it is not made of numbers alone. OUT_IS_END:
 * it is all zero and ends a table.
 */
char *device_alias(const char *expanded, bool *out_is_end);
