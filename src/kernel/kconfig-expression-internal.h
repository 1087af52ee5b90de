/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kconfig's expressions evaluated against a configuration (macros count as y), and why an option has not the
 * value asked for.
 */
#pragma once

#include "kernel/kernel.h"

/* Why VALUE of NAME has no effect under CONFIG, in words. */
char *kconfig_explain(GHashTable *symbols, const ksig_config *config, const char *name, const char *value);

/*
 * The value of a Kconfig expression: 0 n, 1 m, 2 y. What cannot be known from a .config (a macro's outcome)
 * counts as y.
 */
int kconfig_evaluate(const char *expression, const ksig_config *config);

/* The parts of EXPRESSION between its outermost "&&". */
GPtrArray *kconfig_conjuncts(const char *expression);
