/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of several recipes is for a kernel, and which give one kernel the same thing: a module of one name,
 * of which depmod takes one, or a package.
 */
#include "kmod/recipe.h"
#include "kmod/modules-internal.h"

#include <string.h>

static bool is_for_architecture(const ksig_recipe *recipe, const char *architecture)
{
	return !architecture || !*recipe->architectures ||
	       g_strv_contains((const char *const *) recipe->architectures, architecture);
}

bool ksig_kmod_recipe_is_for(const ksig_recipe *recipe, const char *release, const char *architecture)
{
	return is_for_architecture(recipe, architecture) &&
	       ksig_kmod_recipe_range_matches(recipe->kernels, release);
}

char *ksig_kmod_recipe_label(const ksig_recipe *recipe)
{
	char *name = g_path_get_basename(recipe->path);

	if (g_str_has_suffix(name, ".conf"))
		name[strlen(name) - strlen(".conf")] = '\0';
	return name;
}

char *ksig_kmod_recipe_common_module(const ksig_recipe *recipe, const ksig_recipe *other)
{
	for (char **module = recipe->modules; *module; module++)
		for (char **theirs = other->modules; *theirs; theirs++)
			if (ksig_kmod_is_same_module(*module, *theirs))
				return g_strdup(*module);
	return NULL;
}

/* "; the recipe wireguard-compat is", or that none of OTHERS is; nothing if there are no others to ask. */
static char *other_recipe(const ksig_recipe *recipe, const GPtrArray *others, const char *release,
			  const char *architecture)
{
	for (guint i = 0; others && i < others->len; i++) {
		const ksig_recipe *other = g_ptr_array_index(others, i);
		g_autofree char *name = ksig_kmod_recipe_label(other);
		g_autofree char *module = ksig_kmod_recipe_common_module(recipe, other);
		if (!module || !ksig_kmod_recipe_is_for(other, release, architecture))
			continue;
		return g_strdup_printf("; the recipe %s is", name);
	}
	return g_strdup(others && others->len > 0 ? "; no other recipe of its modules is" : "");
}

char *ksig_kmod_recipe_objection(const ksig_recipe *recipe, const GPtrArray *others, const char *release,
				 const char *architecture)
{
	if (ksig_kmod_recipe_is_for(recipe, release, architecture))
		return NULL;
	g_autofree char *other = other_recipe(recipe, others, release, architecture);
	if (is_for_architecture(recipe, architecture))
		return g_strdup_printf("the recipe is for kernels %s%s", recipe->kernels, other);
	g_autofree char *names = g_strjoinv(" ", recipe->architectures);
	return g_strdup_printf("the recipe is for %s%s", names, other);
}

char *ksig_kmod_recipe_rivalry(const ksig_recipe *recipe, const ksig_recipe *other)
{
	g_autofree char *module = ksig_kmod_recipe_common_module(recipe, other);

	if (!module && !g_str_equal(recipe->name, other->name))
		return NULL;
	g_autofree char *label = ksig_kmod_recipe_label(recipe), *their_label = ksig_kmod_recipe_label(other);
	const bool are_alike = g_str_equal(label, their_label);
	return g_strdup_printf("the recipes %s and %s both give %s%s", are_alike ? recipe->path : label,
			       are_alike ? other->path : their_label,
			       module ? "the module " : "the package kmod-", module ? module : recipe->name);
}

static bool share_an_architecture(const ksig_recipe *recipe, const ksig_recipe *other)
{
	if (!*recipe->architectures || !*other->architectures)
		return true;
	for (char **name = recipe->architectures; *name; name++)
		if (g_strv_contains((const char *const *) other->architectures, *name))
			return true;
	return false;
}

bool ksig_kmod_recipe_overlaps(const ksig_recipe *recipe, const ksig_recipe *other)
{
	g_autofree char *both = g_strdup_printf("%s,%s", recipe->kernels ? recipe->kernels : ">=0",
						other->kernels ? other->kernels : ">=0");

	return share_an_architecture(recipe, other) && ksig_kmod_recipe_range_check("", both, NULL);
}

bool ksig_kmod_recipe_check_rivals(const GPtrArray *recipes, const char *release, const char *architecture,
				   GError **error)
{
	g_autoptr(GPtrArray) earlier = g_ptr_array_new();

	for (guint i = 0; i < recipes->len; i++) {
		const ksig_recipe *recipe = g_ptr_array_index(recipes, i);
		if (!ksig_kmod_recipe_is_for(recipe, release, architecture))
			continue;
		for (guint k = 0; k < earlier->len; k++) {
			g_autofree char *rivalry = ksig_kmod_recipe_rivalry(earlier->pdata[k], recipe);
			if (rivalry)
				return ksig_error_set(error, KSIG_ERROR_INPUT,
						      "%s: %s: narrow the kernels of one, or name the "
						      "recipes that are meant",
						      release, rivalry);
		}
		g_ptr_array_add(earlier, (gpointer) recipe);
	}
	return true;
}

bool ksig_kmod_recipe_is_named(const ksig_recipe *recipe, const char *name, const GPtrArray *recipes)
{
	for (guint i = 0; i < recipes->len; i++) {
		const ksig_recipe *other = g_ptr_array_index(recipes, i);
		g_autofree char *label = ksig_kmod_recipe_label(other);
		if (g_str_equal(label, name))
			return other == recipe;
	}
	return g_str_equal(recipe->name, name);
}
