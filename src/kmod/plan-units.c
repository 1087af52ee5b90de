/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recipes with the modules built from them so far, ordered by who imports whose symbols; recipes that need
 * one another are an error.
 */
#include "kmod/plan-units-internal.h"
#include "kmod/modules-internal.h"
#include "rpm/rpm.h"

#include <string.h>

static void free_group(gpointer data)
{
	struct plan_group *group = data;

	g_free(group->release);
	g_ptr_array_unref(group->modules);
	g_free(group);
}

static void free_unit(gpointer data)
{
	struct plan_unit *unit = data;

	g_ptr_array_unref(unit->groups);
	g_ptr_array_unref(unit->needs);
	g_ptr_array_unref(unit->imports);
	g_free(unit);
}

const struct plan_group *plan_unit_newest(const struct plan_unit *unit)
{
	return unit->groups->len ? g_ptr_array_index(unit->groups, unit->groups->len - 1) : NULL;
}

const struct plan_group *plan_unit_find(const struct plan_unit *unit, const char *release)
{
	for (guint i = 0; i < unit->groups->len; i++) {
		const struct plan_group *group = g_ptr_array_index(unit->groups, i);
		if (g_str_equal(group->release, release))
			return group;
	}
	return NULL;
}

static bool module_exports(const ksig_module *module, const char *name)
{
	for (guint i = 0; i < module->exports->len; i++)
		if (g_str_equal(((struct ksig_export *) module->exports->pdata[i])->name, name))
			return true;
	return false;
}

static bool group_exports(const struct plan_group *group, const char *name)
{
	for (guint i = 0; group && i < group->modules->len; i++)
		if (module_exports(g_ptr_array_index(group->modules, i), name))
			return true;
	return false;
}

bool plan_unit_exports(const struct plan_unit *unit, const char *name)
{
	return group_exports(plan_unit_newest(unit), name);
}

/* ---- modules to recipes -------------------------------------------------------------------------- */

static bool names_module(const ksig_recipe *recipe, const char *module)
{
	for (char **name = recipe->modules; *name; name++)
		if (ksig_kmod_is_same_module(*name, module))
			return true;
	return false;
}

/* Two recipes may make the same module for kernels of different ranges. */
static struct plan_unit *unit_of(GPtrArray *units, const ksig_module *module, const char *release)
{
	for (guint i = 0; i < units->len; i++) {
		struct plan_unit *unit = g_ptr_array_index(units, i);
		if (names_module(unit->recipe, module->name) &&
		    ksig_kmod_recipe_range_matches(unit->recipe->kernels, release))
			return unit;
	}
	return NULL;
}

static void add_module(struct plan_unit *unit, const ksig_module *module, const char *release)
{
	struct plan_group *group = (struct plan_group *) plan_unit_find(unit, release);

	if (!group) {
		group = g_new0(struct plan_group, 1);
		group->release = g_strdup(release);
		group->modules = g_ptr_array_new();
		g_ptr_array_add(unit->groups, group);
	}
	g_ptr_array_add(group->modules, (gpointer) module);
}

static gint by_release(gconstpointer a, gconstpointer b)
{
	const struct plan_group *const *left = a, *const *right = b;

	return ksig_rpm_release_compare((*left)->release, (*right)->release);
}

/* True if LEFT imports what RIGHT exports. */
static bool module_needs(const ksig_module *left, const ksig_module *right)
{
	for (guint i = 0; left != right && i < left->imports->len; i++) {
		const struct ksig_import *import = g_ptr_array_index(left->imports, i);
		if (import->undefined && module_exports(right, import->name))
			return true;
	}
	return false;
}

/* Takes, again and again, the first module that needs none of those left; modules that form a ring stay as
 * they are. */
static void order_modules(struct plan_group *group)
{
	g_autoptr(GPtrArray) left = g_ptr_array_copy(group->modules, NULL, NULL);

	g_ptr_array_set_size(group->modules, 0);
	while (left->len > 0) {
		guint chosen = 0;
		for (guint i = 0; i < left->len; i++) {
			bool free_of_needs = true;
			for (guint k = 0; k < left->len && free_of_needs; k++)
				free_of_needs = !module_needs(left->pdata[i], left->pdata[k]);
			if (free_of_needs) {
				chosen = i;
				break;
			}
		}
		g_ptr_array_add(group->modules, g_ptr_array_remove_index(left, chosen));
	}
}

/* ---- what a unit asks for ------------------------------------------------------------------------ */

static gint by_name(gconstpointer a, gconstpointer b)
{
	const struct ksig_import *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static void collect_imports(struct plan_unit *unit)
{
	const struct plan_group *newest = plan_unit_newest(unit);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; newest && i < newest->modules->len; i++) {
		const ksig_module *module = g_ptr_array_index(newest->modules, i);
		for (guint k = 0; k < module->imports->len; k++) {
			struct ksig_import *import = g_ptr_array_index(module->imports, k);
			if (!group_exports(newest, import->name) && g_hash_table_add(seen, import->name))
				g_ptr_array_add(unit->imports, import);
		}
	}
	g_ptr_array_sort(unit->imports, by_name);
}

static bool unit_needs(const struct plan_unit *left, const struct plan_unit *right)
{
	for (guint i = 0; left != right && i < left->imports->len; i++) {
		const struct ksig_import *import = g_ptr_array_index(left->imports, i);
		if (import->undefined && plan_unit_exports(right, import->name))
			return true;
	}
	return false;
}

static void collect_needs(GPtrArray *units)
{
	for (guint i = 0; i < units->len; i++) {
		struct plan_unit *unit = g_ptr_array_index(units, i);
		for (guint k = 0; k < units->len; k++)
			if (unit_needs(unit, g_ptr_array_index(units, k)))
				g_ptr_array_add(unit->needs, g_ptr_array_index(units, k));
	}
}

static bool all_needs_in(const struct plan_unit *unit, GPtrArray *done)
{
	for (guint i = 0; i < unit->needs->len; i++)
		if (!g_ptr_array_find(done, g_ptr_array_index(unit->needs, i), NULL))
			return false;
	return true;
}

static bool order_units(GPtrArray *units, GError **error)
{
	g_autoptr(GPtrArray) left = g_ptr_array_new();
	g_autoptr(GPtrArray) done = g_ptr_array_new();

	/* Not g_ptr_array_copy(): the copy would free the units, as UNITS does. */
	for (guint i = 0; i < units->len; i++)
		g_ptr_array_add(left, g_ptr_array_index(units, i));
	while (left->len > 0) {
		guint i = 0;
		while (i < left->len && !all_needs_in(g_ptr_array_index(left, i), done))
			i++;
		if (i == left->len)
			return ksig_error_set(error, KSIG_ERROR_INPUT,
					      "%s: it and the recipes that it needs need one another",
					      ((struct plan_unit *) left->pdata[0])->recipe->name);
		g_ptr_array_add(done, g_ptr_array_remove_index(left, i));
	}
	for (guint i = 0; i < done->len; i++)
		units->pdata[i] = done->pdata[i];
	return true;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static struct plan_unit *unit_new(const ksig_recipe *recipe)
{
	struct plan_unit *unit = g_new0(struct plan_unit, 1);

	unit->recipe = recipe;
	unit->groups = g_ptr_array_new_with_free_func(free_group);
	unit->needs = g_ptr_array_new();
	unit->imports = g_ptr_array_new();
	return unit;
}

GPtrArray *plan_units_new(const struct ksig_kmod_planning *planning, GError **error)
{
	g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func(free_unit);

	for (guint i = 0; i < planning->recipes->len; i++)
		g_ptr_array_add(units, unit_new(g_ptr_array_index(planning->recipes, i)));
	for (guint i = 0; i < planning->modules->len; i++) {
		const ksig_module *module = g_ptr_array_index(planning->modules, i);
		g_autofree char *release = ksig_kmod_module_release(module);
		struct plan_unit *unit = release ? unit_of(units, module, release) : NULL;
		if (unit)
			add_module(unit, module, release);
	}
	for (guint i = 0; i < units->len; i++) {
		struct plan_unit *unit = g_ptr_array_index(units, i);
		g_ptr_array_sort(unit->groups, by_release);
		for (guint k = 0; k < unit->groups->len; k++)
			order_modules(g_ptr_array_index(unit->groups, k));
		collect_imports(unit);
	}
	collect_needs(units);
	return order_units(units, error) ? g_steal_pointer(&units) : NULL;
}
