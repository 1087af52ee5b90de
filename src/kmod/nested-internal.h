/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules in archives inside of packages. */
#pragma once

#include "kmod/kmod.h"

/* True if the file PATH is called as archives are. */
bool ksig_kmod_is_archive(const char *path);

/* The archive inside of the package PATH that has modules; to g_free(). NULL: there is none, or it cannot be
 * read. */
char *ksig_kmod_nested_modules(const char *path);
