/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a revision gets into the catalog. */
#pragma once

#include "breakdown/work-internal.h"

/* Rebuilds the assignment's parts on PARENT and writes it all in one transaction. */
bool record_revision(struct ksig_work *work, const struct ksig_kernel *kernel, const git_oid *parent,
		     struct ksig_breakdown_revision *result, GError **error);
