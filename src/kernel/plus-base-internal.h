/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The distribution's source package that a plus flavour starts from. */
#pragma once

#include "kernel/plus-internal.h"
#include "kernel/kernel-internal.h"

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
