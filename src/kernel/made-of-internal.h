/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a published kernel was made of. */
#pragma once

#include "kernel/kernel.h"

/*
 * What JOB is made of, a line each: a sum and what it is of. INPUTS: paths, NULL-ended, of which those count
 * that are files. To g_free().
 */
char *made_of(const struct ksig_kernel_job *job, const char *const *inputs, GError **error);

/* Writes what TEXT says below FOLDER and adds the file to FILES, which are published. */
bool made_of_write(const char *folder, const char *text, GPtrArray *files, GError **error);

/* Whether TARGET, if it is there, was made of what TEXT says; else it is named, a negative answer. */
bool made_of_check(const char *target, const char *text, GError **error);

/* Says of TARGET, which is there, that it was not made of FLAVOUR as it is; NULL: it was. To g_free(). */
char *made_of_other(const char *target, const ksig_flavour *flavour);
