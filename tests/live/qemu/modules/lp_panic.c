// SPDX-License-Identifier: GPL-2.0
/* A bad patch: when its function is used, the machine is down. */
#include "lp.h"

static int live_cmdline(struct seq_file *m, void *v)
{
	panic("bad live patch");
	return 0;
}
LIVEPATCH(NULL, "cmdline_proc_show", live_cmdline);
