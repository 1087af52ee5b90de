/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules wherever they stand. */
#pragma once

#include "kmod/kmod.h"

/* True if the file PATH is a module, compressed or not: "acme.ko.xz". */
bool ksig_kmod_is_module_file(const char *path);
