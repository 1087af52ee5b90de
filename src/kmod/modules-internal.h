/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules wherever they stand. */
#pragma once

#include "kmod/kmod.h"

/* "drivers/scsi/isci/isci.ko.xz" is the file of the module isci; to g_free(). NULL: not a module's. */
char *ksig_kmod_module_of_file(const char *path);

/* Recipes, people and files write '-' where the kernel has '_'. */
bool ksig_kmod_is_same_module(const char *one, const char *two);

/* True if the file PATH is a module, compressed or not: "acme.ko.xz". */
bool ksig_kmod_is_module_file(const char *path);
