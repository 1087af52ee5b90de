/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash of the types that a symbol reaches, with some options changed. */
#pragma once

#include "kernel/kernel-internal.h"
#include "kernel/kernel.h"

/* A hash of the types behind the symbol under the base's configuration with CHANGED (of struct ksig_option).
 */
char *blame_measure(const struct blame *blame, GPtrArray *changed, GError **error);
