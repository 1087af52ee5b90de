/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/live.h"

/* NAME=SIZE for create-diff-object, out of vmlinux's BTF; NULL-ended. */
char **live_struct_sizes(const char *vmlinux, GError **error);
