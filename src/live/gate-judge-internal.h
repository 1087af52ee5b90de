/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/gate-internal.h"

/* Array of struct ksig_live_gate_step out of what the guest said. */
GPtrArray *live_gate_judge(const struct gate *gate, const char *output, bool hold);
