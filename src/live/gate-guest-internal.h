/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/gate-internal.h"

/* The initramfs; gives its path. HOLD NULL: nothing that holds transitions up. */
char *live_gate_guest(const struct gate *gate, GBytes *hold, GError **error);
/* The text of a file that is built in. */
GBytes *live_gate_file(const char *name);
