/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A patch of a Debian package with dpkg-source's own options for patch(1), and its text, decompressed. */
#pragma once

#include "rpm/rpm.h"
#include "tree/tree.h"

/* A patch that is applied as dpkg-source(1) does, with no fuzz. TEXT is taken. */
struct ksig_source_patch *ksig_source_patch_debian(const char *name, char *text, size_t length_bytes);

/* The file PATH, unpacked if it is compressed, at most LIMIT_BYTES; without argv. */
struct ksig_source_patch *ksig_source_patch_read(const char *path, const char *name, uint64_t limit_bytes,
						 GError **error);

/* Adds the names of PATCHES to KERNEL's. */
void ksig_source_patches_note(GPtrArray *patches, struct ksig_kernel *kernel);
