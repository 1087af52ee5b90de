/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/kernel.h"

enum {
	KERNEL_LIMIT_RECIPE_BYTES = 1 << 20,
	KERNEL_LIMIT_RELEASES_BYTES = 4 << 20,
	KERNEL_LIMIT_CONFIG_BYTES = 4 << 20,
	KERNEL_LIMIT_KCONFIG_BYTES = 4 << 20,
	KERNEL_LIMIT_KCONFIG_FILES = 20000,
	KERNEL_LIMIT_CHANGELOG_BYTES = 256 << 20,
	KERNEL_LIMIT_SPEC_BYTES = 32 << 20,
	KERNEL_LIMIT_SYMVERS_BYTES = 64 << 20,
};

/* ---- Kconfig (kconfig.c, kconfig-expression.c) --------------------------------------------------- */

/* One definition of a symbol, with all it stands under: menus, ifs, its own lines. */
struct kconfig_entry {
	char *name;
	GPtrArray *depends; /* of char *: each must hold */
	char *help;         /* NULL: none */
	bool has_prompt;
	char *place; /* "fs/jfs/Kconfig:2" */
};

/* Every Kconfig file that the tree SOURCE reaches for SRCARCH: symbol name to GPtrArray of kconfig_entry. */
GHashTable *kconfig_read(const char *source, const char *srcarch, GError **error);

/* Why VALUE of NAME has no effect under CONFIG, in words. */
char *kconfig_explain(GHashTable *symbols, const ksig_config *config, const char *name, const char *value);

/*
 * The value of a Kconfig expression: 0 n, 1 m, 2 y. What cannot be known from a .config (a macro's outcome)
 * counts as y.
 */
int kconfig_evaluate(const char *expression, const ksig_config *config);

/* The parts of EXPRESSION between its outermost "&&". */
GPtrArray *kconfig_conjuncts(const char *expression);

/* ---- kbuild (kbuild.c) --------------------------------------------------------------------------- */

/* "x86" for "x86_64" and so on: the folder of arch/, and the ARCH that kbuild takes. */
const char *kbuild_srcarch(const char *arch);
/* make -C SOURCE O=OUTPUT ARCH=… TARGETS (NULL-ended). OUT_OUTPUT may be NULL. */
bool kbuild_make(const char *source, const char *output, const char *arch, const char *const *targets,
		 GString **out_output, GError **error);

/* ---- writing specs and publishing (lts-spec.c, lts.c, publish.c) ---------------------------------- */

/* "- NAME=value: reason (link)", a line for each option and patch; '%' doubled. */
char *kernel_reasons(const ksig_flavour *flavour);
/* "* Tue Nov 24 2026 Name <mail> - 6.1.187-1\n" */
char *kernel_changelog_head(const char *date, const char *packager, const char *version, GError **error);
bool lts_spec_write(const struct ksig_lts_options *options, const char *path, GError **error);
bool kernel_write_patches(const char *workspace, const ksig_flavour *flavour, const char *folder,
			  GError **error);
/* Copies FILES (paths) aside and moves them to TARGET all at once. */
bool kernel_publish(const char *target, GPtrArray *files, GError **error);

/* ---- boots (boot-root.c) -------------------------------------------------------------------------- */

bool boot_install(const char *const *packages, const char *root, GError **error);
char *boot_release(const char *root, GError **error);
/* The files to load for MODULES, in order. */
GPtrArray *boot_modules(const char *root, const char *release, const char *const *modules, GError **error);
bool boot_write_initramfs(const char *folder, GPtrArray *modules, const char *path, GError **error);
