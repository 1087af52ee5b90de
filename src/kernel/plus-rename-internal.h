/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel.spec whose packages get another name. */
#pragma once

#include "kernel/kernel.h"

/* LINES (NULL-ended, with their ends) of a spec whose packages are called BASE, which become PACKAGE. */
char *spec_rename(char **lines, const char *base, const char *package);
