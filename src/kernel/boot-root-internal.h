/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For kernel boot. */
#pragma once

#include "kernel/kernel.h"

bool boot_install(const char *const *packages, const char *root, GError **error);
char *boot_release(const char *root, GError **error);

/* The files to load for MODULES, in order. */
GPtrArray *boot_modules(const char *root, const char *release, const char *const *modules, GError **error);
bool boot_write_initramfs(const char *folder, GPtrArray *modules, const char *path, GError **error);
