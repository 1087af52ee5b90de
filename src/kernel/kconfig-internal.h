/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads Kconfig files for what kbuild does not tell. */
#pragma once

#include "kernel/kernel.h"

/* Every Kconfig file that the tree SOURCE reaches for SRCARCH: symbol name to GPtrArray of kconfig_entry. */
GHashTable *kconfig_read(const char *source, const char *srcarch, GError **error);
