/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A build whose ksig was killed by what cannot be caught (SIGKILL, no memory) leaves compilers and scripts
 * that go on for a while.
 */
#pragma once

#include "kernel/kernel.h"

/* "NAME=value" for the environment of all that builds below TOPDIR; free with g_free(). */
char *leftover_mark(const char *topdir);

/* Ends what an earlier run that was killed left at work below TOPDIR, which is locked. */
bool leftover_end(const char *topdir, GError **error);
