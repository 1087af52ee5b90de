/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sources of an lts kernel's package. */
#pragma once

#include "kernel/kernel.h"

/* Unpacks TARBALL to FOLDER without its own first folder; with CONFIG_ONLY what kbuild needs to configure. */
bool tarball_unpack(const char *tarball, const char *folder, bool config_only, GError **error);

/*
 * Writes the sources of a longterm kernel (tarball, configuration, patches, spec) to FOLDER, which is emptied
 * first. Patches are tried on the tree; one that does not apply without fuzz is a negative answer.
 */
bool lts_write_sources(const struct ksig_lts_options *options, const char *folder, GError **error);
bool kernel_write_patches(const char *workspace, const ksig_flavour *flavour, const char *folder,
			  GError **error);
