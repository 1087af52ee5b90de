/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A module is compiled by the compiler that prepared its kernel, where the machine has it. */
#pragma once

#include "kmod/build.h"

/*
 * The compiler that make has to be told of so that the one that prepared the kernel of the build folder
 * HEADERS compiles the module ("gcc-11"); to g_free(). NULL: nothing has to be told, or it is not here.
 * OUT_NOTE: a word for people, if there is one.
 */
char *ksig_kmod_compiler(const char *headers, char **out_note);
