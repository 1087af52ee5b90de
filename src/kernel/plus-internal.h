/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/kernel-internal.h"

/* A source package on its way through. */
struct plus {
	const struct ksig_plus_options *options;
	char *base;                  /* the source package */
	char *dist;                  /* NULL: RPM's own */
	char *work, *sources, *spec; /* SPEC: the one of the base */
	char *version;               /* "5.14.0-284.11.1.el9_2", the base's */
	char *tarball;
	GPtrArray *configs;  /* of char *: the vendor's configurations of this architecture */
	GPtrArray *decided;  /* of struct ksig_option: the flavour's, and new options with their proposals */
	GPtrArray *proposed; /* owns what of DECIDED is not the flavour's */
	GPtrArray *droppable;
};
typedef struct plus plus_t;

enum { PLUS_PATCH_LINES_MIN = 10 };

/* ---- plus-base.c ----------------------------------------------------------------------------------- */

/*
 * Finds the base: a source package as it is; of a folder of dist-git one is made below FOLDER. Sets BASE and
 * VERSION.
 */
bool plus_find_base(struct plus *plus, const char *folder, GError **error);

/* Unpacks the base below WORK. Sets SOURCES, SPEC, TARBALL and CONFIGS. */
bool plus_open_base(struct plus *plus, GError **error);

/* The vendor's configuration that is built first: not a debug one. */
const char *plus_main_config(const struct plus *plus);

/* Unpacks the vendor's tree to TREE, the vendor's patches applied; without its sources if nothing asks for
 * them. */
bool plus_unpack_tree(struct plus *plus, const char *tree, GError **error);

/* False if kernel.spec takes the patch TEXT for an empty one and skips it. */
bool plus_patch_counts(const char *text);

/* ---- plus-check.c ---------------------------------------------------------------------------------- */

/*
 * Tries every patch and option of the flavour on the opened base. Fills DROPPABLE, PROPOSED and DECIDED; what
 * does not apply or has no effect is a negative answer.
 */
bool plus_try(struct plus *plus, GError **error);
