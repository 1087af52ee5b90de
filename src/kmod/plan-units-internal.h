/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recipes with the modules built from them so far, ordered by who imports whose symbols; recipes that need
 * one another are an error.
 */
#pragma once

#include "kmod/plan.h"

/* The modules of one recipe that were built for one kernel. */
struct plan_group {
	char *release;
	GPtrArray *modules; /* const ksig_module *, what exports before what imports */
};

struct plan_unit {
	const ksig_recipe *recipe;
	GPtrArray *groups;  /* of struct plan_group, the oldest kernel first */
	GPtrArray *needs;   /* struct plan_unit *: recipes whose symbols its modules use */
	GPtrArray *imports; /* const struct ksig_import *, by name: what it asks of kernels and of needs */
};

/* The units of PLANNING in an order that has what is needed before what needs it. */
GPtrArray *plan_units_new(const struct ksig_kmod_planning *planning, GError **error);

/* The newest of its groups, or NULL. */
const struct plan_group *plan_unit_newest(const struct plan_unit *unit);

/* The group for RELEASE, or NULL. */
const struct plan_group *plan_unit_find(const struct plan_unit *unit, const char *release);

/* True if a module of UNIT exports NAME. */
bool plan_unit_exports(const struct plan_unit *unit, const char *name);
