// SPDX-License-Identifier: GPL-2.0
/* Patches a function that a thread never leaves. */
#include "lp.h"

static void live_stall(void)
{
}
LIVEPATCH("lp_helper", "stall_here", live_stall);
