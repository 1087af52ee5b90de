/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What jobs cost, kept by class. */
#pragma once

#include "engine/engine.h"

#include <json-glib/json-glib.h>

/* usage.c: what jobs cost. */
struct job_usage {
	double wall_s, cpu_s;
	uint64_t memory_mib; /* the highest resident size of any one process */
};

/* CPUs, memory and time to ask for: what the job says, else what its class took with a margin, else defaults.
 */
void usage_request(const char *state, const struct ksig_job *job, unsigned *out_cpus,
		   unsigned *out_memory_mib, unsigned *out_timeout_s);
bool usage_record(const char *state, const struct ksig_job *job, const struct job_usage *usage,
		  GError **error);
JsonObject *usage_to_json(const struct job_usage *usage);
