// SPDX-License-Identifier: GPL-2.0
/* Patches a module that is not loaded yet. */
#include "lp.h"

static int live_value(void)
{
	return 43;
}
LIVEPATCH("lp_helper", "helper_value", live_value);
