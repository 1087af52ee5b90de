/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WORKSPACE/kernel/PACKAGE/VERSION-RELEASE. */
#pragma once

#include "kernel/kernel.h"

/* The newest VERSION-RELEASE of PACKAGE published in the workspace; NULL: none. */
char *kernel_published_newest(const char *workspace, const char *package);

/* Copies FILES (paths) aside and makes them TARGET all at once, in place of what was there. */
bool kernel_publish(const char *target, GPtrArray *files, GError **error);
