/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the external modules of a kernel need that was just built. */
#pragma once

#include "base/base.h"
#include "kernel/kernel.h"

struct kernel_modules {
	char **modules; /* files or folders of modules; NULL: none */
	char **sources; /* with PLAN: where recipes have their sources */
	char *plan;     /* where the plan of their builds goes; NULL: nowhere */
};

/* Puts the kernel published at PATH into the catalog of WORKSPACE, where `ksig kmod` finds it, and says what
 * EXTERNAL needs. */
bool kernel_modules_follow(const char *workspace, const char *path, const ksig_flavour *flavour,
			   const struct kernel_modules *external, GError **error);
