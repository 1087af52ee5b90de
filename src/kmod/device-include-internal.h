/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a line of a driver's file includes, and where that is. */
#pragma once

#include "base/base.h"

/* PATH without "." and ".." parts, to g_free(); NULL: it leads out. */
char *device_include_path(const char *path);

/* `#include "NAME"` or <NAME>: NAME to g_free(), "" if a macro says it; NULL: LINE is none. */
char *device_included(const char *line, bool *out_quoted);
