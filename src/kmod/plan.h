/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernels ask for: which modules still load, which have to be built, the fewest builds that do, in
 * order.
 *
 * Two kernels that give a module's symbols the same versions, and the same vermagic but for the release, are
 * the same to its loader: they are of one class, and one build, for the oldest kernel of the class, serves
 * all of it as a weak update. That makes one build a class the least that can be.
 */
#pragma once

#include "kmod/kmod.h"
#include "kmod/recipe.h"

struct ksig_kmod_planning {
	const GPtrArray *recipes;   /* ksig_recipe */
	const GPtrArray *kernels;   /* ksig_kmod_kernel */
	const GPtrArray *modules;   /* ksig_module: what has been built, of any recipe for any kernel */
	const char *const *headers; /* build folders of kernels; NULL-ended, or NULL */
	const char *const *sources; /* "PATH", or "RECIPE=PATH" for one recipe; NULL-ended, or NULL */
	const char *target;         /* Koji's build target, for the jobs; NULL: none */
	const char *srpms;   /* the folder of source packages that go with it (source_only of a build) */
	const char *program; /* ksig, for the jobs */
};

enum ksig_kmod_need {
	KSIG_KMOD_NEED_NOTHING,  /* it was built for that kernel, and loads */
	KSIG_KMOD_NEED_LINK,     /* what was built for another kernel loads: a weak update */
	KSIG_KMOD_NEED_BUILD,    /* it has to be built for that kernel */
	KSIG_KMOD_NEED_SHARED,   /* a build of this plan for another kernel will load */
	KSIG_KMOD_NEED_EXCLUDED, /* the recipe is not for that kernel */
};
const char *ksig_kmod_need_name(enum ksig_kmod_need need);

/* One recipe on one kernel. */
struct ksig_kmod_plan_row {
	const ksig_recipe *recipe;
	const ksig_kmod_kernel *kernel;
	enum ksig_kmod_need need;
	char *by;     /* the release whose build serves; NULL: none */
	char *reason; /* for people */
	guint gone; /* symbols that the modules want and the kernel has no more: the source may have to change
		     */
};

/* One build, in order: what it needs stands before it. */
struct ksig_kmod_plan_build {
	char *name; /* "mlx4-6.1.0-56-amd64" */
	const ksig_recipe *recipe;
	const ksig_kmod_kernel *kernel;
	GPtrArray *serves;            /* const char *, releases, its own first */
	GPtrArray *needs;             /* const char *, names of builds */
	GPtrArray *order;             /* const char *, its modules, what exports before what imports */
	const char *headers, *source; /* NULL: not given */
};

typedef struct ksig_kmod_plan {
	const struct ksig_kmod_planning *planning;
	GPtrArray *rows;   /* of struct ksig_kmod_plan_row, by recipe in build order, then by kernel, oldest
			      first */
	GPtrArray *builds; /* of struct ksig_kmod_plan_build */
	guint all;         /* builds that "rebuild all for each kernel" would take */
} ksig_kmod_plan;

/* PLANNING and what it points to outlive the result. Recipes that need one another in a ring: an input error.
 */
ksig_kmod_plan *ksig_kmod_plan_new(const struct ksig_kmod_planning *planning, GError **error);
void ksig_kmod_plan_free(ksig_kmod_plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ksig_kmod_plan, ksig_kmod_plan_free)

/*
 * The plan as an engine takes it (see engine.h), with a member "kmod" that says what it was made of. A build
 * without headers or source has no job.
 */
char *ksig_kmod_plan_to_json(const ksig_kmod_plan *plan);

/* True if BUILD can be a job: its headers and source are known. */
bool ksig_kmod_plan_is_runnable(const struct ksig_kmod_plan_build *build);
