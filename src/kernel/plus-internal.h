/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "kernel/kernel-internal.h"
#include "rpm/rpm.h"

/* A source package on its way through. */
struct plus {
	const struct ksig_plus_options *options;
	char *base;                  /* the source package, a copy of ksig's own */
	ksig_scratch *own;           /* the folder of it; of a dist-git, with its files */
	char *dist;                  /* NULL: RPM's own */
	char *work, *sources, *spec; /* SPEC: the one of the base */
	char *version;               /* "5.14.0-284.11.1.el9_2", the base's */
	char *spec_dist;             /* %dist that its spec takes from outside; NULL: none */
	char *stopped;               /* the command of the base's %prep that fails here; NULL: none */
	ksig_spec_facts *facts;      /* of the base's spec */
	char *beside;                /* where what the base leaves out (NoSource) lies */
	GPtrArray *left_out;         /* of char *: paths in SOURCES of what was taken from there */
	char *tarball;
	GPtrArray *configs;  /* of char *: the vendor's configurations of this architecture */
	GPtrArray *decided;  /* of struct ksig_option: the flavour's, and new options with their proposals */
	GPtrArray *proposed; /* owns what of DECIDED is not the flavour's */
	GPtrArray *droppable;
	GPtrArray *absent; /* of char *: options that its kernel does not have, and that the flavour can do
			      without */
};
typedef struct plus plus_t;

enum { PLUS_PATCH_LINES_MIN = 10 };

/* ---- plus-base.c ----------------------------------------------------------------------------------- */

/*
 * Finds the base: a source package as it is; of a folder of dist-git one is made below FOLDER. Sets BASE and
 * VERSION.
 */
bool plus_find_base(struct plus *plus, const char *folder, GError **error);

/* Unpacks the base below WORK. Sets SOURCES, SPEC, FACTS, TARBALL and CONFIGS. */
bool plus_open_base(struct plus *plus, GError **error);

/* The vendor's configuration that is built first: not a debug one. */
const char *plus_main_config(const struct plus *plus);

/* Unpacks the vendor's tree to TREE, the vendor's patches applied; without its sources if nothing asks for
 * them. */
bool plus_unpack_tree(struct plus *plus, const char *tree, GError **error);

/* False if kernel.spec takes the patch TEXT for an empty one and skips it. */
bool plus_patch_counts(const char *text);

/* ---- plus-verify.c --------------------------------------------------------------------------------- */

/*
 * Has rpm parse the changed spec at PATH. A package of the base's without its like, a need that nothing meets
 * any more and a release that is not newer are input errors.
 */
bool plus_verify_spec(const struct plus *plus, const char *path, GError **error);

/*
 * Runs the %prep of the source package SRPM that was made, in the sandbox: all patches have to apply, the
 * flavour's PATCHES (file names, NULL-ended) among them, and it has to come as far as the base's does.
 */
bool plus_verify_prep(const struct plus *plus, const char *srpm, const char *const *patches, GError **error);

/* ---- plus-patches.c --------------------------------------------------------------------------------- */

/*
 * Applies the flavour's patches to TREE, the vendor's, in their order; what comes off it as a whole is in it
 * already: DROPPABLE. The others become sources of the package.
 */
bool plus_try_patches(struct plus *plus, const char *tree, GError **error);

/* ---- plus-check.c ---------------------------------------------------------------------------------- */

/*
 * Tries every patch and option of the flavour on the opened base. Fills DROPPABLE, PROPOSED and DECIDED; what
 * does not apply or has no effect is a negative answer.
 */
bool plus_try(struct plus *plus, GError **error);
