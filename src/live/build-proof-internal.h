/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/built-internal.h"

/* Whether the functions of the objects in FOLDER, compiled here, are the kernel's, byte for byte but for
 * relocations. */
bool live_proof(struct live_build *build, const char *folder, GError **error);
