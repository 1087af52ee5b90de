/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done about revisions whose objects are gone. */
#pragma once

#include "breakdown/work-internal.h"

/* Looks whether the objects of WORK's revisions are there; if not, and KERNELS are all of them, they are
 * begun anew. */
bool heal(struct ksig_work *work, const char *workspace, const char *const *kernels, GError **error);
