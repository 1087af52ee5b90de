/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file copied, or fetched by HTTP with a size limit, into place at once (.part, then renamed). */
#pragma once

#include "kernel/kernel.h"

/* Copies LOCATION, a file or an http(s) URL, to PATH; more than LIMIT_BYTES is an input error. */
bool kernel_fetch(const char *location, const char *path, uint64_t limit_bytes, GError **error);
