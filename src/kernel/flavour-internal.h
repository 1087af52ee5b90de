/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A flavour's .conf file. */
#pragma once

#include "kernel/kernel.h"

/* The file NAME of recipes/kernel; free with g_free(). */
char *kernel_recipe_path(const char *name);
