// SPDX-License-Identifier: GPL-2.0
#include "lp.h"

static int live_cmdline(struct seq_file *m, void *v)
{
	seq_puts(m, "patched v2\n");
	return 0;
}
LIVEPATCH(NULL, "cmdline_proc_show", live_cmdline);
