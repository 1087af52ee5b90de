/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which modules a .c file goes into, as far as the makefiles of its folder and of those above say it plainly.
 */
#pragma once

#include "kmod/devices.h"

/* True if the makefiles below FOLDER say of FILE (a .c file) that it goes into modules, and none is RECIPE's.
 */
bool device_is_of_another_module(const char *folder, const ksig_recipe *recipe, const char *file);

/* True if the makefile of FILE's folder names objects, and FILE's (a .c file) is none of them. */
bool device_is_not_compiled(const char *folder, const char *file);
