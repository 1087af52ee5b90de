/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids that are enumerators. */
#pragma once

#include "base/base.h"

/* Names to values (uint64_t *; NULL: not known, or several). */
typedef GHashTable device_enumerators;
device_enumerators *device_enumerators_new(void);

/* Adds those of capital letters in TEXT, C without comments. */
void device_enumerators_read(device_enumerators *enumerators, const char *text);

/* As "#define NAME VALUE" to OUT: the preprocessor then knows them as it knows other ids. */
void device_enumerators_write(const device_enumerators *enumerators, GString *out);
