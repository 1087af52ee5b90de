/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel exports, in memory or in the catalog. */
#pragma once

#include "kmod/kmod.h"

/* Either read into memory (symbols) or in the catalog. */
struct ksig_kmod_kernel {
	struct ksig_catalog_kernel *info;
	GHashTable *symbols; /* name -> struct ksig_catalog_symbol; NULL: ask CATALOG */
	ksig_catalog *catalog;
};

ksig_kmod_kernel *ksig_kmod_kernel_new(void);
void ksig_kmod_kernel_add_exports(ksig_kmod_kernel *kernel, GPtrArray *exports);
void ksig_kmod_kernel_add_stable(ksig_kmod_kernel *kernel, GPtrArray *stable);
