/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Job arrays made and handed to sbatch, and what both halves of the engine know. */
#pragma once

#include "engine/slurm-limits-internal.h"

struct slurm {
	bool adopted; /* jobs of an earlier ksig were looked for */
	unsigned failures;
	struct slurm_limits limits;
	guint queued; /* jobs of this user's, whoever submitted them */
};

/* ENGINE's, made when first asked for. */
struct slurm *slurm_backend(ksig_engine *engine);

/* Runs a command of Slurm's with a limit of time and output. */
bool slurm_command(const char *const *argv, GString **out_output, GError **error);

/* NAME in the engine's folder for Slurm's files. */
char *slurm_path(const ksig_engine *engine, const char *name);

/* Submits one level of the plan, as far as there is room. Returns how many jobs were; -1: an error. */
int slurm_submit_level(ksig_engine *engine, GError **error);
