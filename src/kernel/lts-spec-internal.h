/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills lts.spec.in for a flavour. */
#pragma once

#include "kernel/kernel.h"

/* "- NAME=value: reason (link)", a line for each option and patch; '%' doubled. */
char *kernel_reasons(const ksig_flavour *flavour);

/* "* Tue Nov 24 2026 Name <mail> - 6.1.187-1\n" */
char *kernel_changelog_head(const char *date, const char *packager, const char *version, GError **error);

/* The first second of DATE, YYYY-MM-DD, in UTC; 0 if it is none. */
int64_t kernel_midnight(const char *date);
bool lts_spec_write(const struct ksig_lts_options *options, const char *path, GError **error);
