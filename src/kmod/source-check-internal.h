/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a source is what the recipe asks for. */
#pragma once

#include "kmod/build.h"

/* Says if the source is not what the recipe asks for: absent, or of another checksum. */
bool ksig_kmod_source_check(const struct ksig_kmod_build *build, GError **error);
