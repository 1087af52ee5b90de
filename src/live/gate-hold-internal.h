/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "live/gate-internal.h"

/* The module that holds up transitions, built for RELEASE. */
GBytes *live_gate_hold(const struct gate *gate, GError **error);
