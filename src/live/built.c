/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a build made, and the time of each of its steps. */
#include "live/built-internal.h"
#include "live/live.h"

static void step_free(struct ksig_live_step *step)
{
	g_free(step->name);
	g_free(step);
}

void ksig_live_built_free(ksig_live_built *built)
{
	if (!built)
		return;
	g_free(built->way);
	g_free(built->module);
	g_free(built->release);
	g_free(built->build_id);
	g_free(built->compiler);
	g_free(built->fallback);
	g_ptr_array_unref(built->objects);
	g_ptr_array_unref(built->steps);
	g_free(built);
}

ksig_live_built *live_built_new(void)
{
	ksig_live_built *built = g_new0(ksig_live_built, 1);

	built->objects = g_ptr_array_new_with_free_func(g_free);
	built->steps = g_ptr_array_new_with_free_func((GDestroyNotify) step_free);
	return built;
}

void live_step(struct live_build *build, const char *name)
{
	const gint64 now = g_get_monotonic_time();
	struct ksig_live_step *step = g_new0(struct ksig_live_step, 1);

	step->name = g_strdup(name);
	step->seconds = (double) (now - build->started) / G_USEC_PER_SEC;
	build->started = now;
	g_ptr_array_add(build->built->steps, step);
}
