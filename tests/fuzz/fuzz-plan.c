/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(ksig_plan) plan = ksig_engine_plan_from_json((const char *) data, (gssize) size, &error);

	g_assert_true((plan != NULL) == (error == NULL));
	if (!plan)
		return 0;
	/* The inputs of a foreign plan are not read here: their names are. */
	for (guint i = 0; i < plan->jobs->len; i++) {
		struct ksig_job *job = g_ptr_array_index(plan->jobs, i);
		g_clear_pointer(&job->inputs, g_strfreev);
		g_clear_pointer(&job->source, g_free);
	}
	ksig_engine_plan_seal(plan, NULL);
	return 0;
}
