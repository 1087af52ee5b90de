/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot test between a kernel's build and its publication. */
#pragma once

#include "kernel/kernel.h"

/*
 * Boots PACKAGES as JOB asks, RELEASE (NULL: whatever is in them) being what `uname -r` has to say; what the
 * machine said goes to WORK/boot.log, which is added to FILES. Without a boot in JOB there is nothing to do.
 */
bool kernel_gate(const struct ksig_kernel_job *job, GPtrArray *packages, const char *release,
		 const char *work, GPtrArray *files, GError **error);
