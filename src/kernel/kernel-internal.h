/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/kernel.h"

enum {
	KERNEL_LIMIT_RECIPE_BYTES = 1 << 20,
	KERNEL_LIMIT_RELEASES_BYTES = 4 << 20,
	KERNEL_LIMIT_CONFIG_BYTES = 4 << 20,
	KERNEL_LIMIT_KCONFIG_BYTES = 4 << 20,
	KERNEL_LIMIT_KCONFIG_FILES = 20000,
	KERNEL_LIMIT_KCONFIG_DEPTH = 100,
	KERNEL_LIMIT_KCONFIG_TOTAL_BYTES = 64 << 20,
	KERNEL_LIMIT_KCONFIG_CONDITIONS = 4 << 20,
	KERNEL_LIMIT_CHANGELOG_BYTES = 256 << 20,
	KERNEL_LIMIT_PATCH_BYTES = 512 << 20,
	KERNEL_LIMIT_SPEC_BYTES = 32 << 20,
	KERNEL_LIMIT_SYMVERS_BYTES = 64 << 20,
	KERNEL_LIMIT_SUMS_BYTES = 16 << 20,
};

#define KERNEL_LIMIT_SOURCE_BYTES ((uint64_t) 4 << 30)

/* ---- files (fetch.c, flavour.c, lts.c, patch.c) ----------------------------------------------------- */

enum { PATCH_REVERSE = 1, PATCH_DRY_RUN = 2 };

/* ---- Kconfig (kconfig.c, kconfig-expression.c) --------------------------------------------------- */

/* One definition of a symbol, with all it stands under: menus, ifs, its own lines. */
struct kconfig_entry {
	char *name;
	GPtrArray *depends; /* of char *: each must hold */
	GPtrArray *selects; /* of char *: names of others */
	char *help;         /* NULL: none */
	char *type, *range; /* "int", "12 25 if SMP"; NULL: not said */
	bool has_prompt;
	char *place; /* "fs/jfs/Kconfig:2" */
};

/* ---- who broke the kABI (abi-blame*.c) -------------------------------------------------------------- */

/* The hunt for what changed a symbol. */
struct blame {
	const struct ksig_blame_options *options;
	const char *source, *output; /* the tree, and the scratch folder for O= */
	const char *symbol;
	const char *file; /* that exports it: "net/core/sock" */
};
