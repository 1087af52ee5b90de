/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/built-internal.h"

/* Differences linked into the module. */
bool live_module_link(struct live_build *build, const char *before, const char *after, GError **error);
