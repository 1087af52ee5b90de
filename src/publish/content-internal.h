/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/base.h"

/* Whether the package file PATH carries a live patch, whatever it is called: a module that says so, or the
 * folder of one. */
bool publish_carries_livepatch(const char *path, bool *out_carries, GError **error);
