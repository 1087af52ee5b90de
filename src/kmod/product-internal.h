/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a build made, judged before it is a package. */
#pragma once

#include "kmod/build.h"

/* Whether the kernel would take the modules in PACKAGES (paths), as far as symbols go. */
bool ksig_kmod_product_check(const struct ksig_kmod_build *build, const GPtrArray *packages, GError **error);
