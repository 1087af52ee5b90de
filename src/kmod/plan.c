/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which builds of external modules are needed: kernels that look the same to a module's loader share one.
 * engine/plan.c is jobs in general; plan-units.c orders the recipes.
 */
#include "kmod/build.h"
#include "kmod/kernel-internal.h"
#include "kmod/plan-units-internal.h"
#include "rpm/rpm.h"

#include <string.h>

struct planner {
	ksig_kmod_plan *plan;
	GPtrArray *kernels;  /* const ksig_kmod_kernel *, the oldest first */
	GPtrArray *known;    /* of ksig_recipe: all of ksig's; NULL: not here */
	GHashTable *rows;    /* "RECIPE KERNEL" -> struct ksig_kmod_plan_row, borrowed */
	GHashTable *folders; /* release -> build folder */
	GHashTable *classes; /* of the recipe at hand: what its loader sees -> struct ksig_kmod_plan_build */
};

const char *ksig_kmod_need_name(enum ksig_kmod_need need)
{
	static const char *const names[] = {"nothing", "link", "build", "shared", "excluded"};

	return names[need];
}

static void free_row(gpointer data)
{
	struct ksig_kmod_plan_row *row = data;

	g_free(row->by);
	g_free(row->reason);
	g_free(row);
}

static void free_build(gpointer data)
{
	struct ksig_kmod_plan_build *build = data;

	g_free(build->name);
	g_ptr_array_unref(build->serves);
	g_ptr_array_unref(build->needs);
	g_ptr_array_unref(build->order);
	g_free(build);
}

void ksig_kmod_plan_free(ksig_kmod_plan *plan)
{
	if (!plan)
		return;
	g_ptr_array_unref(plan->rows);
	g_ptr_array_unref(plan->builds);
	g_free(plan);
}

static const char *release_of(const ksig_kmod_kernel *kernel)
{
	const struct ksig_catalog_kernel *info = ksig_kmod_kernel_info(kernel);

	return info->release ? info->release : info->label;
}

static const struct ksig_kmod_plan_row *row_of(const struct planner *planner, const struct plan_unit *unit,
					       const ksig_kmod_kernel *kernel)
{
	g_autofree char *key = g_strdup_printf("%s %s", unit->recipe->path, release_of(kernel));

	return g_hash_table_lookup(planner->rows, key);
}

/* ---- what is there ------------------------------------------------------------------------------- */

/* What the recipes that UNIT needs have for KERNEL already; their verdicts are not asked here. */
static void add_needed(const struct planner *planner, const struct plan_unit *unit,
		       const ksig_kmod_kernel *kernel, GPtrArray *modules)
{
	for (guint i = 0; i < unit->needs->len; i++) {
		const struct plan_unit *needed = g_ptr_array_index(unit->needs, i);
		const struct ksig_kmod_plan_row *row = row_of(planner, needed, kernel);
		const struct plan_group *group = row && row->by ? plan_unit_find(needed, row->by) : NULL;
		for (guint k = 0; group && k < group->modules->len; k++)
			g_ptr_array_add(modules, g_ptr_array_index(group->modules, k));
		add_needed(planner, needed, kernel, modules);
	}
}

static bool group_loads(const struct planner *planner, const struct plan_unit *unit,
			const struct plan_group *group, const ksig_kmod_kernel *kernel)
{
	g_autoptr(GPtrArray) modules = g_ptr_array_copy(group->modules, NULL, NULL);

	add_needed(planner, unit, kernel, modules);
	g_autoptr(GPtrArray) results = ksig_kmod_check(modules, kernel, false);
	for (guint i = 0; i < group->modules->len; i++)
		if (((const ksig_kmod_result *) results->pdata[i])->verdict == KSIG_KMOD_REFUSES)
			return false;
	return true;
}

/* As weak updates choose: its own, else the newest for an older kernel, else the oldest for a newer one. */
static const struct plan_group *choose(const struct planner *planner, const struct plan_unit *unit,
				       const ksig_kmod_kernel *kernel)
{
	const struct plan_group *own = plan_unit_find(unit, release_of(kernel)), *older = NULL, *newer = NULL;

	if (own && group_loads(planner, unit, own, kernel))
		return own;
	for (guint i = 0; i < unit->groups->len; i++) {
		const struct plan_group *group = g_ptr_array_index(unit->groups, i);
		const bool before = ksig_rpm_release_compare(group->release, release_of(kernel)) < 0;
		if (group == own || (!before && newer) || !group_loads(planner, unit, group, kernel))
			continue;
		if (before)
			older = group;
		else
			newer = group;
	}
	return older ? older : newer;
}

/* A recipe that UNIT needs and that is built anew for KERNEL: what was built against the old one may not fit.
 */
static const struct ksig_kmod_plan_row *rebuilt_need(const struct planner *planner,
						     const struct plan_unit *unit,
						     const ksig_kmod_kernel *kernel)
{
	for (guint i = 0; i < unit->needs->len; i++) {
		const struct ksig_kmod_plan_row *row = row_of(planner, unit->needs->pdata[i], kernel);
		if (row && (row->need == KSIG_KMOD_NEED_BUILD || row->need == KSIG_KMOD_NEED_SHARED))
			return row;
	}
	return NULL;
}

/* ---- classes ------------------------------------------------------------------------------------- */

static guint count_gone(const struct plan_unit *unit, const ksig_kmod_kernel *kernel)
{
	guint gone = 0;

	for (guint i = 0; i < unit->imports->len; i++) {
		const struct ksig_import *import = g_ptr_array_index(unit->imports, i);
		struct ksig_catalog_symbol symbol = {0};
		bool found = !import->undefined || import->weak;
		for (guint k = 0; !found && k < unit->needs->len; k++)
			found = plan_unit_exports(g_ptr_array_index(unit->needs, k), import->name);
		if (!found && ksig_kmod_kernel_find(kernel, import->name, &symbol)) {
			ksig_catalog_symbol_clear(&symbol);
			found = true;
		}
		gone += !found;
	}
	return gone;
}

/*
 * All that the loader of KERNEL compares with a module of UNIT, as one word. Symbols of other recipes count
 * by the build that serves them. Before anything was built, or where symbols are gone, it is not known what a
 * build will use: then all that the kernel exports counts.
 */
static char *class_of(const struct planner *planner, const struct plan_unit *unit,
		      const ksig_kmod_kernel *kernel)
{
	const struct ksig_catalog_kernel *info = ksig_kmod_kernel_info(kernel);
	g_autoptr(GString) text = g_string_new(info->architecture);

	if (info->vermagic)
		g_string_append(text, info->vermagic + strcspn(info->vermagic, " "));
	for (guint i = 0; i < unit->needs->len; i++) {
		const struct ksig_kmod_plan_row *row = row_of(planner, unit->needs->pdata[i], kernel);
		g_string_append_printf(text, "\nneeds %s", row && row->by ? row->by : "");
	}
	for (guint i = 0; i < unit->imports->len; i++) {
		const struct ksig_import *import = g_ptr_array_index(unit->imports, i);
		struct ksig_catalog_symbol symbol = {0};
		if (!ksig_kmod_kernel_find(kernel, import->name, &symbol)) {
			g_string_append_printf(text, "\n%s", import->name);
			continue;
		}
		g_string_append_printf(text, "\n%s %d %08x %d %s", import->name, symbol.has_crc, symbol.crc,
				       symbol.gpl_only,
				       symbol.symbol_namespace ? symbol.symbol_namespace : "");
		ksig_catalog_symbol_clear(&symbol);
	}
	const bool unknown = unit->imports->len == 0 || count_gone(unit, kernel) > 0;
	if (unknown && info->set_id)
		g_string_append_printf(text, "\nset %" G_GINT64_FORMAT, info->set_id);
	else if (unknown)
		g_string_append_printf(text, "\nkernel %s", info->label);
	return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
}

/* ---- builds -------------------------------------------------------------------------------------- */

static char *build_name(const ksig_recipe *recipe, const char *release)
{
	char *name = g_strdup_printf("%s-%s", recipe->name, release);

	return g_strdelimit(name, "~ /:", '_');
}

static const char *source_for(const struct ksig_kmod_planning *planning, const ksig_recipe *recipe)
{
	const char *found = NULL;

	for (const char *const *source = planning->sources; source && *source; source++) {
		const char *equals = strchr(*source, '=');
		g_autofree char *name = equals ? g_strndup(*source, (gsize) (equals - *source)) : NULL;
		if (!equals)
			found = found || !g_str_equal(recipe->source_kind, "kernel") ? found : *source;
		else if (ksig_kmod_recipe_is_named(recipe, name, planning->recipes))
			return equals + 1;
	}
	return found;
}

static void add_order(struct ksig_kmod_plan_build *build, const struct plan_unit *unit)
{
	const struct plan_group *newest = plan_unit_newest(unit);

	for (guint i = 0; newest && i < newest->modules->len; i++)
		g_ptr_array_add(build->order, ((const ksig_module *) newest->modules->pdata[i])->name);
	for (char **name = unit->recipe->modules; !newest && *name; name++)
		g_ptr_array_add(build->order, *name);
}

static struct ksig_kmod_plan_build *add_build(struct planner *planner, const struct plan_unit *unit,
					      const ksig_kmod_kernel *kernel)
{
	struct ksig_kmod_plan_build *build = g_new0(struct ksig_kmod_plan_build, 1);

	build->name = build_name(unit->recipe, release_of(kernel));
	build->recipe = unit->recipe;
	build->kernel = kernel;
	build->serves = g_ptr_array_new();
	build->needs = g_ptr_array_new_with_free_func(g_free);
	build->order = g_ptr_array_new();
	build->headers = g_hash_table_lookup(planner->folders, release_of(kernel));
	build->source = source_for(planner->plan->planning, unit->recipe);
	add_order(build, unit);
	for (guint i = 0; i < unit->needs->len; i++) {
		const struct plan_unit *needed = g_ptr_array_index(unit->needs, i);
		const struct ksig_kmod_plan_row *row = row_of(planner, needed, kernel);
		if (row && (row->need == KSIG_KMOD_NEED_BUILD || row->need == KSIG_KMOD_NEED_SHARED))
			g_ptr_array_add(build->needs, build_name(needed->recipe, row->by));
	}
	g_ptr_array_add(planner->plan->builds, build);
	return build;
}

static char *reason_of(const struct plan_unit *unit, const struct ksig_kmod_plan_row *row,
		       const struct ksig_kmod_plan_row *needed)
{
	if (row->gone > 0)
		return g_strdup_printf("%u symbols are gone: the source may have to change", row->gone);
	if (needed)
		return g_strdup_printf("it uses symbols of %s, which is built anew", needed->recipe->name);
	if (unit->groups->len == 0)
		return g_strdup("not built yet: once one build is there, the plan knows its symbols");
	return g_strdup("no build that is there loads");
}

/* The first kernel of a class gets the build, the others share it. */
static void plan_build(struct planner *planner, const struct plan_unit *unit, struct ksig_kmod_plan_row *row)
{
	g_autofree char *class_word = class_of(planner, unit, row->kernel);
	struct ksig_kmod_plan_build *build = g_hash_table_lookup(planner->classes, class_word);
	const struct ksig_kmod_plan_row *needed = rebuilt_need(planner, unit, row->kernel);

	row->need = build ? KSIG_KMOD_NEED_SHARED : KSIG_KMOD_NEED_BUILD;
	row->gone = count_gone(unit, row->kernel);
	row->reason = reason_of(unit, row, needed);
	if (!build) {
		build = add_build(planner, unit, row->kernel);
		g_hash_table_insert(planner->classes, g_steal_pointer(&class_word), build);
	}
	row->by = g_strdup(release_of(build->kernel));
	g_ptr_array_add(build->serves, (gpointer) release_of(row->kernel));
}

static void plan_row(struct planner *planner, const struct plan_unit *unit, const ksig_kmod_kernel *kernel)
{
	struct ksig_kmod_plan_row *row = g_new0(struct ksig_kmod_plan_row, 1);
	const struct plan_group *group = NULL;

	row->recipe = unit->recipe;
	row->kernel = kernel;
	g_ptr_array_add(planner->plan->rows, row);
	g_hash_table_insert(planner->rows, g_strdup_printf("%s %s", unit->recipe->path, release_of(kernel)),
			    row);
	row->reason = ksig_kmod_recipe_objection(unit->recipe, planner->known, release_of(kernel),
						 ksig_kmod_kernel_info(kernel)->architecture);
	if (row->reason) {
		row->need = KSIG_KMOD_NEED_EXCLUDED;
		return;
	}
	planner->plan->all++;
	if (!rebuilt_need(planner, unit, kernel))
		group = choose(planner, unit, kernel);
	if (!group) {
		plan_build(planner, unit, row);
		return;
	}
	row->by = g_strdup(group->release);
	row->need = g_str_equal(group->release, release_of(kernel)) ? KSIG_KMOD_NEED_NOTHING
								    : KSIG_KMOD_NEED_LINK;
	row->reason = g_strdup(row->need == KSIG_KMOD_NEED_LINK ? "all its symbols are the same"
								: "built for it");
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static gint by_version(gconstpointer a, gconstpointer b)
{
	const ksig_kmod_kernel *const *left = a, *const *right = b;

	return ksig_rpm_release_compare(release_of(*left), release_of(*right));
}

static bool read_folders(struct planner *planner, const char *const *headers, GError **error)
{
	for (; headers && *headers; headers++) {
		char *release = ksig_kmod_headers_release(*headers, error);
		if (!release)
			return false;
		g_hash_table_insert(planner->folders, release, (gpointer) *headers);
	}
	return true;
}

/* Given twice, it needs no more than once. */
static bool is_there(const GPtrArray *kernels, const ksig_kmod_kernel *kernel)
{
	for (guint i = 0; i < kernels->len; i++)
		if (g_str_equal(release_of(kernels->pdata[i]), release_of(kernel)))
			return true;
	return false;
}

static void plan_unit(struct planner *planner, const struct plan_unit *unit)
{
	g_hash_table_remove_all(planner->classes);
	for (guint i = 0; i < planner->kernels->len; i++)
		plan_row(planner, unit, g_ptr_array_index(planner->kernels, i));
}

ksig_kmod_plan *ksig_kmod_plan_new(const struct ksig_kmod_planning *planning, GError **error)
{
	g_autoptr(ksig_kmod_plan) plan = g_new0(ksig_kmod_plan, 1);
	g_autoptr(GPtrArray) kernels = g_ptr_array_new();
	g_autoptr(GHashTable) rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) classes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) known = ksig_kmod_recipe_read_all(NULL);
	struct planner planner = {.plan = plan,
				  .kernels = kernels,
				  .known = known,
				  .rows = rows,
				  .folders = folders,
				  .classes = classes};

	plan->planning = planning;
	plan->rows = g_ptr_array_new_with_free_func(free_row);
	plan->builds = g_ptr_array_new_with_free_func(free_build);
	for (guint i = 0; i < planning->kernels->len; i++) {
		ksig_kmod_kernel *kernel = g_ptr_array_index(planning->kernels, i);
		if (is_there(kernels, kernel))
			continue;
		if (!ksig_kmod_recipe_check_rivals(planning->recipes, release_of(kernel),
						   ksig_kmod_kernel_info(kernel)->architecture, error))
			return NULL;
		g_ptr_array_add(kernels, kernel);
	}
	g_ptr_array_sort(kernels, by_version);
	g_autoptr(GPtrArray) units = plan_units_new(planning, error);
	if (!units || !read_folders(&planner, planning->headers, error))
		return NULL;
	for (guint i = 0; i < units->len; i++)
		plan_unit(&planner, g_ptr_array_index(units, i));
	return g_steal_pointer(&plan);
}
