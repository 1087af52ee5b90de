/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/live.h"

enum {
	LIVE_LIMIT_OBJECTS = 200, /* that the fast way compiles */
	LIVE_LIMIT_PATCH_BYTES = 16 << 20,
	LIVE_TIMEOUT_COMPILE_MS = 30 * 60 * 1000,
	LIVE_TIMEOUT_FULL_MS = 6 * 60 * 60 * 1000,
	LIVE_TIMEOUT_TOOL_MS = 10 * 60 * 1000,
};
