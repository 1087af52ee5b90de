/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this Slurm takes at once, in its own words, and which of its refusals pass by themselves. */
#pragma once

#include "engine/engine-internal.h"

#define SLURM_NO_LIMIT G_MAXUINT32

struct slurm_limits {
	guint64 array;     /* tasks of an array */
	guint64 submitted; /* jobs of this user's that may be in the queue */
};

/* Asks scontrol and sacctmgr; one of none at all is an error. */
bool slurm_limits_ask(struct slurm_limits *limits, GError **error);

/* Whether trying again is in vain: a partition that is not there, not a controller that is away. */
bool slurm_refusal_is_final(const GError *reason);
